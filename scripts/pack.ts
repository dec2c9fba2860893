import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the repository. */
export const ROOT: string = fileURLToPath(new URL('../', import.meta.url))

/** What npm would publish of one package. */
export interface Tarball {
  readonly name: string
  readonly file: string
  /** The paths that can be imported: `.`, `./node`. */
  readonly entries: readonly string[]
}

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly exports: Readonly<Record<string, unknown>>
}

/** Packs every public package, as built, into a folder. */
export function packAll(folder: string): readonly Tarball[] {
  return readdirSync(join(ROOT, 'packages')).flatMap((name): Tarball[] => {
    const directory = join(ROOT, 'packages', name)
    const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest
    if (manifest.private === true) return []
    const printed = execFileSync('pnpm', ['pack', '--json', '--pack-destination', folder], {
      cwd: directory,
      encoding: 'utf8',
    })
    const { filename } = JSON.parse(printed.slice(printed.indexOf('{'))) as { filename: string }
    const entries = Object.keys(manifest.exports).filter((entry) => entry !== './package.json')
    return [{ name: manifest.name, file: filename, entries }]
  })
}
