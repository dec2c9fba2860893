import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Ended {
  readonly code: number | null
  readonly output: string
  readonly ms: number
}

/** Runs a program of `test/programs` in a process of its own, and kills it when it has not ended in time. */
export async function run(program: string, ...args: string[]): Promise<Ended> {
  const started = performance.now()
  const path = fileURLToPath(new URL(`./programs/${program}`, import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    timeout: 20_000,
    killSignal: 'SIGKILL',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, output, ms: performance.now() - started }
}
