import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** The path of a server of the tests. */
export const serverFile = (name: string): string => fileURLToPath(new URL(`./servers/${name}.mjs`, import.meta.url))

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
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, 'bench', ...args], {
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
