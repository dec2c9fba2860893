import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import { bundlePackage } from '../../scripts/bundle.ts'

const root = resolve(import.meta.dirname, '..')
const scope = '@respond-once'

const common: BuildOptions = {
  bundle: true,
  // The guard stays in files of its own, which the baseline never loads.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  outExtension: { '.js': '.mjs' },
  // Dependencies that are CommonJS ask for it.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  logLevel: 'error',
}

/** Lays a package out as it is published, but with its dependencies: the guard tells its own files by their directory. */
async function buildPackage(source: string, modules: string, name: string): Promise<void> {
  const outdir = join(modules, scope, name)
  await bundlePackage(join(source, name), join(outdir, 'dist'), (id) => id.startsWith(`${scope}/`))
  const { publishConfig } = JSON.parse(readFileSync(join(source, name, 'package.json'), 'utf8')) as Manifest
  const manifest = { name: `${scope}/${name}`, type: 'module', exports: publishConfig.exports }
  writeFileSync(join(outdir, 'package.json'), JSON.stringify(manifest))
}

interface Manifest {
  readonly publishConfig: { readonly exports: unknown }
}

/**
 * The target and the packages as plain JavaScript: a loader that strips types on the way would be part of what is
 * measured. `packages` may be the packages folder of another checkout, to compare two versions of the guard.
 */
export async function bundleTarget(packages = join(root, '..', 'packages')): Promise<string> {
  const outdir = await layOut(packages, ['core', 'express', 'koa', 'fastify'])
  await build({
    ...common,
    entryPoints: [join(root, 'src', 'target', 'main.ts')],
    outdir,
    external: [
      `${scope}/*`,
      'fastify',
      'fastify4',
      'fastify-plugin',
      'express',
      'express4',
      'koa',
      'koa2',
      'compression',
      'on-headers',
      'on-finished',
    ],
  })
  return join(outdir, 'main.mjs')
}

/** The same for the server that is measured under load. */
export function bundleLoadServer(packages?: string): Promise<string> {
  return bundleEntry(join('load', 'server'), packages)
}

/** The same for what is counted of growing requests. */
export function bundleGrowth(packages?: string): Promise<string> {
  return bundleEntry(join('growth', 'target'), packages)
}

/** The same for the service that a storm is measured in. */
export function bundleStorm(packages?: string): Promise<string> {
  return bundleEntry(join('target', 'storm'), packages)
}

/** The guard's own files, to be measured one by one; their dependencies come along. */
export async function bundleMicro(): Promise<string> {
  const outdir = await layOut(join(root, '..', 'packages'), [])
  const entryPoints = [join(root, 'src', 'micro', 'target.ts')]
  await build({ ...common, entryPoints, outdir, external: ['mitata'] })
  return join(outdir, 'target.mjs')
}

async function bundleEntry(entry: string, packages = join(root, '..', 'packages')): Promise<string> {
  const outdir = await layOut(packages, ['core', 'express', 'koa', 'fastify'])
  await build({ ...common, entryPoints: [join(root, 'src', `${entry}.ts`)], outdir, packages: 'external' })
  return join(outdir, `${basename(entry)}.mjs`)
}

/** A directory with the packages in it, until this process ends. */
async function layOut(packages: string, names: readonly string[]): Promise<string> {
  const outdir = join(root, 'dist', `target-${process.pid}`)
  mkdirSync(outdir, { recursive: true })
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }))
  for (const name of names) await buildPackage(resolve(packages), join(outdir, 'node_modules'), name)
  return outdir
}
