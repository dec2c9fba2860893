import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** V8 without background threads, time or randomness in its decisions; the JIT stays on. */
export const deterministic = ['--predictable', '--single-threaded', '--hash-seed=1', '--random-seed=1']

/** A heap too big to be collected while we count: where a collection happens to fall would move a figure by percents. */
const uncollected = [
  '--min-semi-space-size=1024',
  '--max-semi-space-size=1024',
  '--initial-old-space-size=4096',
  '--max-old-space-size=8192',
]

export interface Plan {
  readonly warmUp: number
  readonly window: number
  readonly windows: number
  readonly withGc: boolean
}

export interface Count {
  /** Instructions per request: the median window, or with collections the mean of all windows. */
  readonly perRequest: number
  /** How far the windows are apart, in percent of the figure. */
  readonly spread: number
  readonly collections: number
}

// The driver calls this function of libuv to mark a window's end, and nothing else in a request does.
const markFunction = 'uv_os_getpriority'

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

/** What is said where {@link hasValgrind} says no. */
export const SKIPPED = 'Skipped: valgrind is not installed (Debian: apt-get install valgrind), and nothing else counts.'

export function hasValgrind(): boolean {
  try {
    execFileSync('valgrind', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export function valgrindVersion(): string {
  return execFileSync('valgrind', ['--version'], { encoding: 'utf8' }).trim()
}

/**
 * Counts the instructions of whole windows of requests. Start and warm-up run uncounted, which is several times faster;
 * the difference between two marks of one process is the slope between two request counts, without a second process.
 */
export async function countInstructions(
  target: string,
  scenario: string,
  variant: string,
  plan: Plan,
  extraFlags: readonly string[] = [],
): Promise<Count> {
  const directory = mkdtempSync(join(tmpdir(), 'instructions-'))
  try {
    const signal = join(directory, 'go')
    const output = join(directory, 'out')
    const numbers = [plan.warmUp, plan.window, plan.windows].map(String)
    const child = spawn(
      'valgrind',
      [
        '--tool=callgrind',
        '--instr-atstart=no',
        '--vgdb-poll=500',
        `--dump-before=${markFunction}`,
        `--callgrind-out-file=${output}`,
        process.execPath,
        ...deterministic,
        ...(plan.withGc ? [] : uncollected),
        ...extraFlags,
        ...[target, 'count', scenario, variant, ...numbers, signal],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, NODE_ENV: 'production', UV_THREADPOOL_SIZE: '1' } },
    )
    await switchOn(child, signal)
    return read(output, plan, Number(readFileSync(`${signal}.done`, 'utf8')))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function switchOn(child: ChildProcess, signal: string): Promise<void> {
  running.add(child)
  let errors = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4000)
  })
  const ended = new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject))
  while (!existsSync(`${signal}.ready`) && child.exitCode === null && child.signalCode === null) await sleep(100)
  if (child.exitCode === null) {
    execFileSync('vgdb', [`--pid=${child.pid}`, 'instrumentation', 'on'], { stdio: ['ignore', 'ignore', 'ignore'] })
    writeFileSync(signal, '')
  }
  const code = await ended
  running.delete(child)
  if (code !== 0 || !existsSync(`${signal}.done`))
    throw new Error(`the target failed under valgrind (${code}):\n${errors}`)
}

function read(output: string, plan: Plan, collections: number): Count {
  const totals: number[] = []
  // The first dump holds what came before the first mark.
  for (let i = 2; i <= plan.windows + 1; i++) {
    const file = `${output}.${i}`
    if (!existsSync(file)) throw new Error(`no counts: ${process.execPath} shows valgrind no symbol ${markFunction}`)
    totals.push(Number(/^totals: (\d+)/m.exec(readFileSync(file, 'utf8'))?.[1]) / plan.window)
  }
  totals.sort((a, b) => a - b)
  const mean = totals.reduce((sum, total) => sum + total, 0) / totals.length
  const perRequest = plan.withGc ? mean : (totals[totals.length >> 1] ?? Number.NaN)
  const spread = (((totals.at(-1) ?? 0) - (totals[0] ?? 0)) / perRequest) * 100
  return { perRequest, spread, collections }
}
