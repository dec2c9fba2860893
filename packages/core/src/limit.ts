import { LRUCache } from 'lru-cache'
import { attempt } from './attempt.ts'
import type { Repeats } from './options.ts'
import { type Waiting, watch } from './sweep.ts'
import type { OperationRecord, Violation } from './violation.ts'

// How often one mistake is told: at once, and then as a count, at intervals that grow while it goes on.

/** How many different mistakes are remembered. */
const MISTAKES = 1000
const FIRST_INTERVAL = 1000
const LONGEST_INTERVAL = 60_000
const LOOK_EVERY = 250

interface Mistake {
  violation: Violation
  /** How often it was seen and not told. */
  count: number
  toldAt: number
  interval: number
}

type Report = (violation: Violation, repeats?: Repeats) => void

const place = (operation: OperationRecord | undefined) => `${operation?.site?.line}:${operation?.site?.column}`

/** Equal for one mistake at one place: functions of a fingerprint may make the same mistake twice. */
export function mistakeOf({ fingerprint, first, second }: Violation): string {
  return `${fingerprint} ${place(first)} ${place(second)}`
}

/** Everything that is held back is told before the process ends. */
const limits = new Set<Limit>()
let listening = false

function tellBeforeExit(): void {
  if (listening) return
  listening = true
  process.on('exit', () => {
    for (const limit of limits) limit.tellAll()
  })
}

/** Lets the first report of a mistake pass, and counts the rest. */
export class Limit implements Waiting {
  readonly everyMs: number = LOOK_EVERY
  readonly #report: Report
  readonly #waiting = new Set<Mistake>()
  #forgotten = 0
  readonly #mistakes = new LRUCache<string, Mistake>({
    max: MISTAKES,
    dispose: (mistake, _key, reason) => {
      if (reason !== 'evict') return
      this.#forgotten++
      if (mistake.count > 0) this.#tell(mistake, performance.now())
    },
  })

  constructor(report: Report) {
    this.#report = report
  }

  /** Reports at once what is new or has been quiet for a while, and counts everything else. */
  see(key: string, violation: Violation, log?: (violation: Violation) => void): void {
    const mistake = this.#mistakes.get(key)
    const time = performance.now()
    if (mistake === undefined) {
      this.#mistakes.set(key, { violation, count: 0, toldAt: time, interval: FIRST_INTERVAL })
      this.#tellNow(violation, log)
      return
    }
    mistake.violation = violation
    if (mistake.count === 0 && time - mistake.toldAt >= mistake.interval) {
      mistake.toldAt = time
      mistake.interval = FIRST_INTERVAL
      this.#tellNow(violation, log)
      return
    }
    mistake.count++
    if (mistake.count === 1) this.#await(mistake)
  }

  #tellNow(violation: Violation, log: ((violation: Violation) => void) | undefined): void {
    this.#report(violation)
    if (log !== undefined) attempt(() => log(violation))
  }

  #await(mistake: Mistake): void {
    this.#waiting.add(mistake)
    if (this.#waiting.size > 1) return
    limits.add(this)
    tellBeforeExit()
    watch(this)
  }

  #tell(mistake: Mistake, time: number): void {
    const repeats = { count: mistake.count, forMs: Math.round(time - mistake.toldAt), forgotten: this.#forgotten }
    this.#waiting.delete(mistake)
    mistake.count = 0
    mistake.toldAt = time
    mistake.interval = Math.min(mistake.interval * 2, LONGEST_INTERVAL)
    this.#report(mistake.violation, repeats)
  }

  look(time: number): boolean {
    for (const mistake of this.#waiting) if (time - mistake.toldAt >= mistake.interval) this.#tell(mistake, time)
    if (this.#waiting.size > 0) return true
    limits.delete(this)
    return false
  }

  /** Tells all counts now. */
  tellAll(): void {
    const time = performance.now()
    for (const mistake of this.#waiting) this.#tell(mistake, time)
  }
}
