import { readFileSync, rmSync } from 'node:fs'
import { basename, isAbsolute, join } from 'node:path'
import { rolldown } from 'rolldown'

interface Manifest {
  readonly exports: Readonly<Record<string, string>>
}

/** What another package is asked for by its name. */
const isPackage = (id: string) => !id.startsWith('.') && !isAbsolute(id)

/**
 * Lays a package out as it is published: what two of its entries share is one file, and constants are literals. An imported
 * constant is no constant for V8: it is loaded and checked wherever it is used, and the guard's paths are little else.
 */
export async function bundlePackage(directory: string, outdir: string, external = isPackage): Promise<void> {
  const { exports } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest
  const entries = Object.values(exports).filter((file) => file.endsWith('.ts'))
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map((file) => [basename(file, '.ts'), join(directory, file)])),
    external: (id, _importer, isResolved) => !isResolved && external(id),
    platform: 'node',
    transform: { target: 'es2022' },
    optimization: { inlineConst: { mode: 'all', pass: 3 } },
  })
  await bundle.write({
    dir: outdir,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] },
  })
  await bundle.close()
}

if (process.argv[1] === import.meta.filename) {
  const outdir = join(process.cwd(), 'dist')
  rmSync(outdir, { recursive: true, force: true })
  await bundlePackage(process.cwd(), outdir)
}
