import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const CLI = fileURLToPath(new URL('../../', import.meta.url))

/** The command and the servers as plain JavaScript: a test starts dozens of processes, and none of them needs a loader. */
const BUILT = join(CLI, 'node_modules', '.cache', `bench-${process.pid}`)
const SERVERS = [
  'guarded',
  'unguarded',
  'crashing',
  'silent',
  'forking',
  'locked',
  'two-ports',
  'waiting',
  'dying',
  'stalling',
  'socket',
  'other-address',
  'echoing',
  'http2-only',
  'collected',
]

await build({
  entryPoints: [
    join(CLI, 'src/main.ts'),
    join(CLI, 'src/bench/probe.ts'),
    ...SERVERS.map((name) => join(CLI, `test/bench/servers/${name}.mjs`)),
  ],
  outdir: BUILT,
  entryNames: '[name]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // What is bundled asks for dependencies from where they are installed.
  external: ['autocannon', 'commander', 'd3-scale', 'simple-statistics'],
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
})
process.once('exit', () => rmSync(BUILT, { recursive: true, force: true }))

/** The path of a server of the tests. */
export const serverFile = (name: string): string => join(BUILT, `${name}.js`)

/** What node needs to load the probe first. */
export const PROBE = ['--import', join(BUILT, 'probe.js')] as const

/** What a command has printed, and how it ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A measurement as short as it can be: it is the machinery that is tested, not the machine. */
export const QUICK = ['--warm-up', '0.02', '--window', '0.005', '--connections', '2'] as const

/** Starts `respond-once bench`, as a person does. */
export function startBench(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [join(BUILT, 'main.js'), 'bench', ...args], {
    env: { ...process.env, NODE_ENV: 'test', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })))
  return { child, ended, stderr: () => stderr }
}

export function bench(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> {
  return startBench(args, env).ended
}
