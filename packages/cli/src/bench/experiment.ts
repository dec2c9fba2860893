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

/**
 * How much longer than the CPU time that is asked for a load may take. A server that waits, for a database or a timer, uses
 * so little of it that it would be measured for hours.
 */
const CLOCK_PER_CPU = 5

/**
 * The share of the warm-up that comes before the collection. Afterwards much is compiled anew: a server of Express was seen
 * to take two seconds of CPU time until it was as fast as it gets.
 */
const BEFORE_COLLECTION = 1 / 4

/** There is no time for another load. */
class TimeUpError extends Error {
  override readonly name = 'TimeUpError'
}

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
  /** The longest pair so far. */
  #longest = 0
  /** Of the pair that runs: when it began, and how much of its CPU time has been asked for. */
  #began = 0
  #done = 0

  constructor(plan: Plan, onProgress: (progress: Progress) => void = () => {}) {
    this.plan = plan
    this.#onProgress = onProgress
  }

  get seconds(): number {
    return (performance.now() - this.#started) / 1000
  }

  /** Without a whole pair this is empty. @throws {CouldNotRunError} where a server does not start or answer as it should. */
  async run(): Promise<readonly Group[]> {
    do {
      this.#began = this.seconds
      const group = await this.#measureInTime()
      if (group === undefined) break
      this.groups.push(group)
      this.#longest = Math.max(this.#longest, this.seconds - this.#began)
      if (isLook(this.groups.length) && this.#isDecided()) break
    } while (this.seconds + this.#longest <= this.plan.maxSeconds)
    return this.groups
  }

  /** How long the fewest pairs take that can decide: as the longest so far, or as the first goes on. */
  get secondsToDecide(): number {
    const { variants, targets, warmUpSeconds, windowSeconds } = this.plan
    const asked = (variants.length + 1) * targets.length * (warmUpSeconds + this.#windowCount * windowSeconds)
    const first = this.#done === 0 ? asked : ((this.seconds - this.#began) * asked) / this.#done
    return MIN_PAIRS * (this.#longest || Math.max(asked, first))
  }

  /** The time limit that leaves them enough, where later pairs take somewhat longer. */
  get neededSeconds(): number {
    return Math.ceil((this.secondsToDecide * 1.2) / 10) * 10
  }

  /** Forth and back, and the heap's. */
  get #windowCount(): number {
    return 2 * this.plan.sweeps + 1
  }

  /** A pair that is not whole is none: its variants were not measured alike. */
  async #measureInTime(): Promise<Group | undefined> {
    try {
      return await this.#measureGroup()
    } catch (error) {
      if (error instanceof TimeUpError) return undefined
      throw error
    }
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

  #refuseLate(): void {
    if (this.seconds > this.plan.maxSeconds) throw new TimeUpError('no time is left')
  }

  async #measureGroup(): Promise<Group> {
    this.#group++
    this.#done = 0
    const { variants, targets } = this.plan
    const [baseline] = variants
    const control: Variant = { ...baseline, name: CONTROL_NAME, title: `${baseline.title}, again` }
    const all: Running[] = []
    try {
      // Each group begins with another one: whatever the first place is worth, all get it alike.
      for (const variant of rotated([...variants, control], this.#group)) {
        // Whether it can be measured at all is found however short the time is.
        if (this.groups.length > 0) this.#refuseLate()
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
      await this.#warmUp(running, target, status)
    }
    const windows = new Map<Running, Window[]>(all.map((running) => [running, []]))
    for (let sweep = 0; sweep < sweeps; sweep++) {
      for (const order of [all, all.toReversed()]) {
        for (const running of order) {
          this.#tell('measuring', `${target.name}, ${running.variant.title}`)
          windows.get(running)?.push(await this.#measureWindow(running.server, target, status, this.#amountOf(target)))
          this.#done += this.plan.windowSeconds
        }
      }
    }
    const measured = new Map<string, Measured>()
    for (const running of all) {
      const { bytes, collections, gcMicros } = await this.#measureHeap(running.server, target, status)
      this.#done += this.plan.windowSeconds
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

  /** Until the JIT has seen enough, of a process that has met a garbage collection. */
  async #warmUp(running: Running, target: Target, status: number): Promise<void> {
    const before = this.plan.warmUpSeconds * BEFORE_COLLECTION
    const isFirst = !this.#amounts.has(target)
    await this.#loadFor(before, running, target, status, isFirst)
    await running.server.collectGarbage()
    await this.#loadFor(this.plan.warmUpSeconds - before, running, target, status, isFirst)
  }

  /**
   * The first one of all finds how many requests a window takes: by the server's own time, because on a busy machine the
   * clock runs on while the server does not.
   */
  async #loadFor(
    cpuSeconds: number,
    running: Running,
    target: Target,
    status: number,
    isFirst: boolean,
  ): Promise<void> {
    const { connections, pipelining } = this.plan
    let amount = this.#amounts.get(target) ?? connections * pipelining
    for (let seconds = 0; seconds < cpuSeconds; ) {
      this.#tell('warming up', `${target.name}, ${running.variant.title}`)
      const window = await this.#measureWindow(running.server, target, status, amount)
      const used = (window.cpuMicros * amount) / 1e6
      const warmed = Math.max(used, amount / window.requestsPerSecond / CLOCK_PER_CPU)
      this.#done += Math.min(warmed, cpuSeconds - seconds)
      seconds += warmed
      if (isFirst) amount = this.#nextAmount(amount, window)
    }
    this.#amounts.set(target, amount)
  }

  /** How many requests fill a window, as far as the last one tells. */
  #nextAmount(last: number, { cpuMicros, requestsPerSecond }: Window): number {
    const { connections, pipelining, windowSeconds } = this.plan
    const byCpu = (windowSeconds * 1e6) / cpuMicros
    const byClock = windowSeconds * CLOCK_PER_CPU * requestsPerSecond
    return Math.max(connections * pipelining, Math.min(last * 4, Math.round(Math.min(byCpu, byClock))))
  }

  #amountOf(target: Target): number {
    return this.#amounts.get(target) as number
  }

  async #load(server: ServerProcess, { request }: Target, amount: number, status: number): Promise<Loaded> {
    this.#refuseLate()
    const { connections, pipelining, load = loadHttp } = this.plan
    try {
      return await load({ origin: server.origin, request, amount, connections, pipelining, status })
    } catch (error) {
      // Of a server that has ended this says how, which says more.
      await server.counters()
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
