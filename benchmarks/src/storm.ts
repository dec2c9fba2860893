import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleStorm } from './bundle.ts'

// What a storm costs: every request makes the same mistake, guarded in the production profile, with the JSON reporter
// writing to a file. Measured against the same service without the mistake, in one process, in windows that alternate.
//   tsx src/storm.ts [--windows 12] [--per-window 4000] [--memory 1000000]

const option = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`)
  return at === -1 ? otherwise : Number(process.argv[at + 1])
}

const WINDOWS = option('windows', 12)
const PER_WINDOW = option('per-window', 4000)
const MEMORY = option('memory', 200_000)
const CONNECTIONS = 8

interface Usage {
  readonly cpu: number
  readonly heap: number
}

/** What one window has cost. */
interface Cost {
  /** Microseconds of the server's CPU a request. */
  readonly micros: number
  /** Requests a second. */
  readonly perSecond: number
}

class Target {
  readonly #child: ChildProcess
  #port = 0

  constructor(path: string, log: string) {
    this.#child = fork(path, [log], {
      execArgv: ['--expose-gc'],
      env: { ...process.env, NODE_ENV: 'production' },
    })
  }

  async started(): Promise<void> {
    const [{ port }] = (await once(this.#child, 'message')) as [{ port: number }]
    this.#port = port
  }

  async usage(collect = false): Promise<Usage> {
    this.#child.send(collect ? 'collect' : 'usage')
    const [usage] = (await once(this.#child, 'message')) as [Usage]
    return usage
  }

  /** One connection that asks again as soon as it has its answer. */
  #ask(path: string, requests: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const head = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
      let left = requests
      const socket = connect(this.#port, '127.0.0.1', () => socket.write(head))
      socket.once('error', reject)
      socket.setEncoding('latin1').on('data', (text: string) => {
        if (!text.startsWith('HTTP/1.1 404') || !text.endsWith('{"error":"no such user"}')) reject(new Error(text))
        left--
        if (left > 0) socket.write(head)
        else socket.end(() => resolve())
      })
    })
  }

  async load(path: string, requests: number): Promise<void> {
    const each = Math.ceil(requests / CONNECTIONS)
    await Promise.all(Array.from({ length: CONNECTIONS }, () => this.#ask(path, each)))
  }

  async cost(path: string): Promise<Cost> {
    const [before, started] = [await this.usage(), performance.now()]
    await this.load(path, PER_WINDOW)
    const seconds = (performance.now() - started) / 1000
    return { micros: ((await this.usage()).cpu - before.cpu) / PER_WINDOW, perSecond: PER_WINDOW / seconds }
  }

  stop(): void {
    this.#child.kill()
  }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** Percent by which one is more than the other, window by window. */
const over = (costs: readonly Cost[], base: readonly Cost[]): number =>
  median(costs.map(({ micros }, window) => (micros / (base[window]?.micros ?? Number.NaN) - 1) * 100))

const inWords = (costs: readonly Cost[]): string => {
  const perSecond = Math.round(median(costs.map((cost) => cost.perSecond))).toLocaleString('en')
  return `${median(costs.map(({ micros }) => micros)).toFixed(1)} µs of CPU a request, ${perSecond} requests a second`
}

async function measureCost(target: Target): Promise<void> {
  const paths = { once: '/once/2', twice: '/twice/2', control: '/once/2' } as const
  const costs = { once: [] as Cost[], twice: [] as Cost[], control: [] as Cost[] }
  const names = Object.keys(paths) as readonly (keyof typeof paths)[]
  for (const name of names) await target.load(paths[name], PER_WINDOW * 2)
  for (let window = 0; window < WINDOWS; window++) {
    // Each of them comes first, in the middle and last.
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(window + turn) % names.length] as keyof typeof paths
      costs[name].push(await target.cost(paths[name]))
    }
  }
  const { once, twice, control } = costs
  console.log(`without the mistake  ${inWords(once)} (medians of ${WINDOWS} windows of ${PER_WINDOW})`)
  console.log(`each a violation     ${inWords(twice)}`)
  console.log(
    `difference           ${over(twice, once).toFixed(1)} % of CPU (of windows side by side; goal: at most 15 %)`,
  )
  console.log(`control              ${over(control, once).toFixed(1)} % (without the mistake, over the same)`)
}

async function measureMemory(target: Target): Promise<void> {
  const heaps: number[] = []
  for (let part = 0; part < 5; part++) {
    await target.load('/twice/2', MEMORY / 5)
    heaps.push((await target.usage(true)).heap / 1_048_576)
  }
  console.log(
    `heap after ${MEMORY.toLocaleString('en')} violations: ${heaps.map((heap) => heap.toFixed(1)).join(', ')} MB`,
  )
}

const folder = mkdtempSync(join(tmpdir(), 'storm-'))
const log = join(folder, 'log')
const target = new Target(await bundleStorm(), log)
try {
  await target.started()
  await measureCost(target)
  await measureMemory(target)
} finally {
  target.stop()
  console.log(`${readFileSync(log, 'utf8').trim().split('\n').length} lines were logged`)
  rmSync(folder, { recursive: true, force: true })
}
