import { checkAnswers, type Running } from './check.ts'
import type { exchange } from './exchange.ts'
import { LoadError, type Loaded, type Loader, type LoadRequest, loadHttp } from './load.ts'
import type { Collected } from './probe.ts'
import { CouldNotRunError, type ServerProcess } from './server-process.ts'
import { isLook, type Judgement, judge, MIN_PAIRS } from './verdict.ts'

/** One program of a comparison. */
export interface Variant {
  readonly name: string
  readonly title: string
  /** Whether a guard must be seen (true), must not be seen (false), or is not asked about. */
  readonly guarded?: boolean
  /** Whether sampling goes on until this one is decided. */
  readonly judged?: boolean
  start(): Promise<ServerProcess>
}

/** What is asked of every variant. */
export interface Target {
  readonly name: string
  readonly request: LoadRequest
  /** The status it must have; below 400 without it. */
  readonly status?: number
}

/** How to measure. */
export interface Plan {
  /** The baseline first. */
  readonly variants: readonly [Variant, ...Variant[]]
  readonly targets: readonly Target[]
  readonly budgetPercent: number
  readonly connections: number
  readonly pipelining: number
  readonly warmUpSeconds: number
  readonly windowSeconds: number
  /** How often each process is measured forth and back. */
  readonly sweeps: number
  readonly maxSeconds: number
  readonly load?: Loader
  readonly exchange?: typeof exchange
}

/** One load of one process. */
export interface Window {
  readonly cpuMicros: number
  readonly requestsPerSecond: number
  readonly p99Ms: number
  readonly loopUtilization: number
}

/** All that was measured of one process with one target. */
export interface Measured {
  readonly windows: readonly Window[]
  readonly heapBytes: number
  readonly collectionsPer1000: number
  readonly gcMicros: number
}

/** The processes of one round: a baseline, the variants, and the baseline once more, as the control. */
export type Group = ReadonlyMap<Target, ReadonlyMap<string, Measured>>

/** The baseline against itself. */
export const CONTROL_NAME = 'control'

/** What goes on, for whoever waits. */
export interface Progress {
  readonly phase: 'starting' | 'checking' | 'warming up' | 'measuring'
  readonly group: number
  readonly detail: string
  readonly seconds: number
}

/** The logarithms of ratios to the baseline, process by process. */
export function ratiosOf(groups: readonly Group[], target: Target, baseline: string, name: string): number[][] {
  return groups.map((group) => {
    const base = group.get(target)?.get(baseline)?.windows ?? []
    const own = group.get(target)?.get(name)?.windows ?? []
    return own.map(({ cpuMicros }, at) => Math.log(cpuMicros / (base[at]?.cpuMicros ?? Number.NaN)))
  })
}

function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const at = by % list.length
  return [...list.slice(at), ...list.slice(0, at)]
}

/** Measures until the intervals decide, or until there is no more time. */
export class Experiment {
  readonly plan: Plan
  readonly groups: Group[] = []
  readonly #started = performance.now()
  readonly #onProgress: (progress: Progress) => void
  readonly #amounts = new Map<Target, number>()
  #group = 0

  constructor(plan: Plan, onProgress: (progress: Progress) => void = () => {}) {
    this.plan = plan
    this.#onProgress = onProgress
  }

  get seconds(): number {
    return (performance.now() - this.#started) / 1000
  }

  /** @throws {CouldNotRunError} where a server does not start or does not answer as it should. */
  async run(): Promise<readonly Group[]> {
    let longest = 0
    do {
      const before = this.seconds
      this.groups.push(await this.#measureGroup())
      longest = Math.max(longest, this.seconds - before)
      if (isLook(this.groups.length) && this.#isDecided()) break
    } while (this.seconds + longest <= this.plan.maxSeconds)
    return this.groups
  }

  judgementOf(target: Target, variant: Variant): Judgement {
    const [baseline] = this.plan.variants
    const ratios = (name: string) => ratiosOf(this.groups, target, baseline.name, name)
    return judge(ratios(variant.name), ratios(CONTROL_NAME), this.plan.budgetPercent)
  }

  #isDecided(): boolean {
    const [, ...others] = this.plan.variants
    const judged = others.filter((variant) => variant.judged)
    if (judged.length === 0) return this.groups.length >= MIN_PAIRS
    return this.plan.targets.every((target) =>
      judged.every((variant) => this.judgementOf(target, variant).verdict !== 'inconclusive'),
    )
  }

  #tell(phase: Progress['phase'], detail = ''): void {
    this.#onProgress({ phase, detail, group: this.#group, seconds: this.seconds })
  }

  async #measureGroup(): Promise<Group> {
    this.#group++
    const { variants, targets } = this.plan
    const [baseline] = variants
    const control: Variant = { ...baseline, name: CONTROL_NAME, title: `${baseline.title}, again` }
    const all: Running[] = []
    try {
      // Each group begins with another one: whatever the first place is worth, all get it alike.
      for (const variant of rotated([...variants, control], this.#group)) {
        this.#tell('starting', variant.title)
        all.push({ variant, server: await variant.start() })
      }
      this.#tell('checking')
      const statuses = await checkAnswers(all, baseline, targets, this.plan.exchange)
      const group = new Map<Target, ReadonlyMap<string, Measured>>()
      for (const target of targets) {
        group.set(target, await this.#measureTarget(all, target, statuses.get(target) as number))
      }
      return group
    } finally {
      await Promise.all(all.map(({ server }) => server.stop()))
    }
  }

  async #measureTarget(all: readonly Running[], target: Target, status: number): Promise<Map<string, Measured>> {
    const { sweeps } = this.plan
    for (const running of all) {
      this.#tell('warming up', `${target.name}, ${running.variant.title}`)
      await this.#warmUp(running.server, target, status)
    }
    const windows = new Map<Running, Window[]>(all.map((running) => [running, []]))
    for (let sweep = 0; sweep < sweeps; sweep++) {
      for (const order of [all, all.toReversed()]) {
        for (const running of order) {
          this.#tell('measuring', `${target.name}, ${running.variant.title}`)
          windows.get(running)?.push(await this.#measureWindow(running.server, target, status, this.#amountOf(target)))
        }
      }
    }
    const measured = new Map<string, Measured>()
    for (const running of all) {
      const { bytes, collections, gcMicros } = await this.#measureHeap(running.server, target, status)
      const amount = this.#amountOf(target)
      measured.set(running.variant.name, {
        windows: windows.get(running) as Window[],
        heapBytes: bytes / amount,
        collectionsPer1000: (collections / amount) * 1000,
        gcMicros: gcMicros / amount,
      })
    }
    return measured
  }

  /**
   * Until the JIT has seen enough. The first one of all finds how many requests a window takes: by the server's own time,
   * because on a busy machine the clock runs on while the server does not.
   */
  async #warmUp(server: ServerProcess, target: Target, status: number): Promise<void> {
    const { connections, pipelining, warmUpSeconds, windowSeconds } = this.plan
    const least = connections * pipelining
    const known = this.#amounts.get(target)
    let amount = known ?? least * 4
    for (let seconds = 0; seconds < warmUpSeconds; ) {
      const { cpuMicros } = await this.#measureWindow(server, target, status, amount)
      seconds += (cpuMicros * amount) / 1e6
      if (known === undefined)
        amount = Math.max(least, Math.min(amount * 4, Math.round((windowSeconds * 1e6) / cpuMicros)))
    }
    this.#amounts.set(target, amount)
  }

  #amountOf(target: Target): number {
    return this.#amounts.get(target) as number
  }

  async #load(server: ServerProcess, { request }: Target, amount: number, status: number): Promise<Loaded> {
    const { connections, pipelining, load = loadHttp } = this.plan
    try {
      return await load({ origin: server.origin, request, amount, connections, pipelining, status })
    } catch (error) {
      if (error instanceof LoadError) throw new CouldNotRunError(`under load, ${error.message}`, server.output)
      throw error
    }
  }

  async #measureWindow(server: ServerProcess, target: Target, status: number, amount: number): Promise<Window> {
    const before = await server.counters()
    const { requests, seconds, p99Ms } = await this.#load(server, target, amount, status)
    const after = await server.counters()
    const active = after.loopActiveMs - before.loopActiveMs
    const idle = after.loopIdleMs - before.loopIdleMs
    return {
      cpuMicros: (after.cpuMicros - before.cpuMicros) / requests,
      requestsPerSecond: requests / seconds,
      p99Ms,
      loopUtilization: active / (active + idle),
    }
  }

  /** In a window of its own, which is not judged: watching the heap is work. */
  async #measureHeap(server: ServerProcess, target: Target, status: number): Promise<Collected> {
    await server.watchHeap()
    await this.#load(server, target, this.#amountOf(target), status)
    return server.watchedHeap()
  }
}
