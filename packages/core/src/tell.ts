import type { Arming } from './arm.ts'
import { type Composed, compose, retell } from './compose.ts'
import { atEndOfTurn } from './held.ts'
import type { GuardedResponse, Host } from './host.ts'
import type { Attempt } from './judge.ts'
import type { GuardOptions } from './options.ts'
import type { ResponseRecord } from './record.ts'
import { Announcer } from './report.ts'
import { type Budget, type Known, Memory, spotOf } from './storm.ts'
import { unthrown, type Violation, type ViolationKind } from './violation.ts'

/**
 * Tells violations, at once or at the end of their turn: one that was looked at in full, or under a storm one that is
 * taken for what is known. One for each guard.
 */
export class Teller {
  readonly #host: Host
  readonly #arming: Arming
  readonly #budget: Budget
  readonly #announcer: Announcer
  readonly #memory = new Memory()

  constructor(host: Host, options: GuardOptions, arming: Arming, budget: Budget) {
    this.#host = host
    this.#arming = arming
    this.#budget = budget
    this.#announcer = new Announcer(options)
  }

  /** Tells a violation at once. What waited for the end of the turn is explained by it. `name` is what was called. */
  tell(response: GuardedResponse, record: ResponseRecord, attempt: Attempt, name?: string): Violation {
    countTold(record)
    const composed = this.#compose(response, record, attempt)
    this.#publish(response, record, composed, name)
    return composed.violation
  }

  /** Tells again what is known. */
  tellAgain(response: GuardedResponse, record: ResponseRecord, known: Known): void {
    countTold(record)
    if (isToldHere(record, known.spot)) return
    this.#announcer.see(known.mistake, known.violation, this.#host.log?.(record))
    if (this.#announcer.tellsEach) this.#announcer.tellEach(retell(this.#host, response, record, known))
  }

  /** Tells a violation at the end of its turn, unless another one of this response has explained it by then. */
  hold(response: GuardedResponse, record: ResponseRecord, attempt: Attempt, name?: string): void {
    if (record.rare?.held !== undefined) return
    // The answer that may follow throws; this one has no call left to throw at.
    const mild = { ...attempt, action: unthrown(attempt.action) }
    const composed = this.#compose(response, record, mild)
    hold(record, composed.violation, () => this.#publish(response, record, composed, name))
  }

  /** The same for what is known. */
  holdAgain(response: GuardedResponse, record: ResponseRecord, known: Known): void {
    if (record.rare?.held !== undefined) return
    hold(record, known.violation, () => this.tellAgain(response, record, known))
  }

  /** What this route has shown operations of this name to be. */
  known(response: GuardedResponse, record: ResponseRecord, kind: ViolationKind, name: string): Known | undefined {
    return this.#memory.recall(this.#placeOf(response, record), name, kind)
  }

  /** An operation of that name was found to be nobody's mistake here. */
  doubt(response: GuardedResponse, record: ResponseRecord, kind: ViolationKind, name: string): void {
    this.#memory.doubt(this.#placeOf(response, record), name, kind)
  }

  #placeOf(response: GuardedResponse, record: ResponseRecord): object | string {
    const place = this.#host.placeOf(response, record)
    // The pattern of a route, as Koa's routers have it, or an object of the framework.
    return typeof place === 'string' || (typeof place === 'object' && place !== null) ? place : this
  }

  #compose(response: GuardedResponse, record: ResponseRecord, attempt: Attempt): Composed {
    this.#budget.take()
    return compose(this.#host, response, record, attempt, this.#arming.untraced)
  }

  #publish(response: GuardedResponse, record: ResponseRecord, composed: Composed, name: string | undefined): void {
    // Both operations' places: a middleware may have answered, and the route come too late.
    this.#arming.arm(this.#host.placeOf(response, record))
    this.#arming.arm(this.#host.secondPlaceOf?.(record))
    const { violation } = composed
    if (name !== undefined) this.#memory.learn(this.#placeOf(response, record), name, composed)
    if (!isToldHere(record, spotOf(violation))) this.#announcer.announce(violation, this.#host.log?.(record))
  }
}

function countTold(record: ResponseRecord): void {
  const rare = record.rarely()
  rare.held = undefined
  rare.told++
}

function hold(record: ResponseRecord, held: Violation, tell: () => void): void {
  const rare = record.rarely()
  rare.held = held
  atEndOfTurn(() => {
    if (rare.held !== held) return
    rare.held = undefined
    tell()
  })
}

/**
 * Whether this spot of the application was told for this response. A timer that nobody clears makes the same mistake for
 * ever: it is one.
 */
function isToldHere(record: ResponseRecord, spot: string): boolean {
  const rare = record.rarely()
  if (rare.toldSpots.includes(spot)) return true
  rare.toldSpots = [...rare.toldSpots, spot]
  return false
}
