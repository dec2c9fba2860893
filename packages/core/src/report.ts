import { type Channel, channel } from 'node:diagnostics_channel'
import { attempt } from './attempt.ts'
import { type Flushing, flushBeforeEnd } from './flush.ts'
import { Limit, mistakeOf } from './limit.ts'
import type { GuardOptions, Repeats, Reporter } from './options.ts'
import { prettyReporter } from './pretty.ts'
import { jsonReporter } from './reporters.ts'
import type { OperationRecord, Violation } from './violation.ts'

/** Message: a {@link Violation}. */
const violations = channel('respond-once:violation')

/** Every finished response, healthy or not, whose request began when somebody listened. Durations in milliseconds. */
export interface FinishedResponse {
  readonly framework: Violation['framework']
  readonly method: string
  readonly route: string | undefined
  readonly statusCode: number
  readonly outcome: 'completed' | 'aborted'
  readonly respondedBy: OperationRecord | null
  readonly durationMs: number
}

/** Message: a {@link FinishedResponse}. */
export const finishedResponses: Channel = channel('respond-once:finished')

function defaultReporter(): Reporter {
  return process.env.NODE_ENV !== 'production' && process.stderr.isTTY ? prettyReporter() : jsonReporter()
}

type Listener = (violation: Violation) => void

/**
 * Tells a violation to everybody who wants to know; what a listener throws never reaches the request. Reporters are spared
 * what they have been told just now; `onViolation`, the channel and reporters with `each` get every violation.
 */
export class Announcer implements Flushing {
  readonly #reporters: readonly Reporter[]
  readonly #each: readonly Reporter[]
  readonly #flushing: readonly Reporter[]
  readonly #onViolation: GuardOptions['onViolation']
  readonly #limit = new Limit((violation, repeats) => this.#report(violation, repeats))

  constructor({ reporters = [defaultReporter()], onViolation }: GuardOptions) {
    this.#reporters = reporters
    this.#each = reporters.filter(({ each }) => typeof each === 'function')
    this.#flushing = reporters.filter(({ flush }) => typeof flush === 'function')
    this.#onViolation = onViolation
  }

  /** `log` is the request's own, where its framework has one: it is spared what reporters are spared. */
  announce(violation: Violation, log?: Listener): void {
    this.see(mistakeOf(violation), violation, log)
    this.tellEach(violation)
  }

  /** Reporters are told, or spared, what one mistake was seen again as. */
  see(mistake: string, violation: Violation, log: Listener | undefined): void {
    if (this.#reporters.length > 0 || log !== undefined) this.#limit.see(mistake, violation, log)
  }

  /** Whether anybody wants each violation. Where nobody does, known ones need not be made. */
  get tellsEach(): boolean {
    return this.#onViolation !== undefined || this.#each.length > 0 || violations.hasSubscribers
  }

  tellEach(violation: Violation): void {
    if (this.#each.length > 0) this.#flushLater()
    for (const reporter of this.#each) attempt(() => reporter.each?.(violation))
    const listen = this.#onViolation
    if (listen !== undefined) attempt(() => listen(violation))
    if (violations.hasSubscribers) attempt(() => violations.publish(violation))
  }

  #flushLater(): void {
    if (this.#flushing.length > 0) flushBeforeEnd(this)
  }

  tellRest(): void {
    this.#limit.tellAll()
  }

  flush(): void {
    for (const reporter of this.#flushing) attempt(() => reporter.flush?.())
  }

  #report(violation: Violation, repeats: Repeats | undefined): void {
    this.#flushLater()
    for (const reporter of this.#reporters) {
      attempt(() => (repeats === undefined ? reporter.report(violation) : reporter.report(violation, repeats)))
    }
  }
}
