import { Arming } from './arm.ts'
import { diagnose, partingOf, placedReturn } from './diagnose.ts'
import { fingerprintOf } from './fingerprint.ts'
import { type Frame, type IsWrapper, siteOf, wrappersOf } from './frame.ts'
import { type GuardedResponse, type Host, isGone, isHeadSent, wireStatus } from './host.ts'
import { type Moment, operationOf } from './moment.ts'
import type { GuardOptions } from './options.ts'
import type { CompiledPolicy, Settings } from './policy/compile.ts'
import { currentRun, RESPONDED, type ResponseRecord, respondedRun } from './record.ts'
import { CLOSE, FINISH, FINISHED, HEADERS_SENT, type ResponseState, STATES, step } from './state.ts'
import { Budget, type Known } from './storm.ts'
import { Teller } from './tell.ts'
import { FIRST_DEPTH, Trace } from './trace.ts'
import {
  type Action,
  CAUSES,
  type CallSite,
  type Cause,
  type OperationRecord,
  ResponseViolationError,
  type ViolationKind,
} from './violation.ts'

/** A violation that the policy does not ignore. */
export interface Attempt {
  readonly kind: ViolationKind
  readonly first: Moment | undefined
  readonly second: Moment | undefined
  readonly cause: Cause
  readonly action: Exclude<Action, 'off'>
  readonly state: ResponseState
  /** Where the function that reached both operations called what made the first one. */
  readonly parting: CallSite | undefined
}

/** What is known of a violation before the policy is asked. */
interface Facts {
  readonly kind: ViolationKind
  readonly first?: Moment | undefined
  readonly second?: Moment | undefined
  readonly gone?: boolean
  readonly state?: ResponseState
}

/** Errors that Node and the frameworks raise because of a second send; they are consequences. */
const SECOND_SEND: ReadonlySet<string | undefined> = new Set([
  'ERR_HTTP_HEADERS_SENT',
  'ERR_HTTP2_HEADERS_SENT',
  'ERR_STREAM_WRITE_AFTER_END',
  'FST_ERR_REP_ALREADY_SENT',
])

/** Whether an error was raised because of a violation, by us or natively. */
export function isConsequence(error: unknown): boolean {
  if (error instanceof ResponseViolationError) return true
  return error instanceof Error && SECOND_SEND.has((error as NodeJS.ErrnoException).code)
}

/** How many violations a second are looked at in full. */
const FULL_PER_SECOND = 10

/** Finds causes and asks the policy. One for each guard; it keeps nothing of a response. */
export class Judge {
  readonly host: Host
  /** What its guard has been told last: a policy may change. */
  policy: CompiledPolicy
  /** Whether a file is one that the user does not want to be named. */
  readonly isWrapper: IsWrapper
  readonly teller: Teller
  readonly #arming: Arming
  readonly #budget: Budget

  constructor(host: Host, options: GuardOptions, policy: CompiledPolicy) {
    this.host = host
    this.policy = policy
    this.isWrapper = wrappersOf(options.ignore)
    const mode = options.trace ?? (process.env.NODE_ENV === 'production' ? 'adaptive' : 'always')
    this.#arming = new Arming(mode, options.limits)
    this.#budget = new Budget(options.limits?.fullPerSecond ?? FULL_PER_SECOND)
    this.teller = new Teller(host, options, this.#arming, this.#budget)
  }

  /** The stack, where tracing says so. */
  capture(response: GuardedResponse, record: ResponseRecord): Trace | undefined {
    if (this.#arming.idle || (this.#arming.isAdaptive && this.#budget.isSpent)) return undefined
    const armed = this.#arming.captures(this.host.placeOf(response, record), record.rare?.armed)
    if (armed === undefined) return undefined
    if (this.#arming.isAdaptive) record.rarely().armed = armed
    return new Trace(FIRST_DEPTH, this.isWrapper)
  }

  /** Whether places of first operations are told at all. */
  get traces(): boolean {
    return !this.#arming.never
  }

  /** The stack of what happens so rarely that it is captured in production too. */
  captureRare(): Trace | undefined {
    return this.traces ? new Trace(FIRST_DEPTH, this.isWrapper) : undefined
  }

  /** The state now, as a number. What happened behind the guard's back is read off Node's own flags. */
  observe(response: GuardedResponse, record: ResponseRecord): number {
    const { state } = record
    if (state === FINISHED) return state
    if (isGone(response)) record.state = step(state, CLOSE)
    else if (response.writableEnded) record.state = step(state, FINISH)
    else if (state < HEADERS_SENT && isHeadSent(response)) record.state = HEADERS_SENT
    return record.state
  }

  stateOf(response: GuardedResponse, record: ResponseRecord): ResponseState {
    return STATES[this.observe(response, record)] as ResponseState
  }

  /** Who answered or, while nobody has, who sent the headers. */
  firstOf(response: GuardedResponse, record: ResponseRecord): Moment | undefined {
    if (record.operation === undefined) return undefined
    const { operation, operationAt: at, trace, rare } = record
    const statusCode = wireStatus(response)
    const frames = trace?.frames ?? []
    if (rare?.framework === undefined || operation !== 'res.end' || siteOf(frames) !== undefined) {
      return { operation, at, statusCode, trace, frames }
    }
    // Nobody answered: the place is where control was passed on last.
    return { operation: rare.framework, at, statusCode, trace, frames: rare.passed?.trace?.frames ?? [] }
  }

  /** The operation that took on the answer; null while nobody has. */
  respondedBy(response: GuardedResponse, record: ResponseRecord): OperationRecord | null {
    const moment = (record.bits & RESPONDED) === 0 ? undefined : this.firstOf(response, record)
    return moment === undefined ? null : operationOf(record, moment)
  }

  /** What the policy says of one violation of this response. */
  decide(response: GuardedResponse, record: ResponseRecord, kind: ViolationKind, cause: Cause): Action {
    const { policy } = this
    if (!policy.varies) return policy.decide(kind, cause)
    return policy.decide(kind, cause, this.host.routeOf(response, record), response.req?.method)
  }

  /** The options of the rules that apply to this response. */
  settings(response: GuardedResponse, record: ResponseRecord): Settings {
    const { policy } = this
    if (!policy.varies) return policy.settings()
    return policy.settings(this.host.routeOf(response, record), response.req?.method)
  }

  /** Finds the cause and asks the policy; undefined where the rule is off. */
  attempt(response: GuardedResponse, record: ResponseRecord, facts: Facts): Attempt | undefined {
    const { kind, first, second, gone = false, state = this.stateOf(response, record) } = facts
    if (!this.policy.watches(kind)) return undefined
    const passedOn = record.rare?.passedAfter === true
    const isRouter = (frame: Frame) => this.host.isFramework(frame)
    const running = (record.rare?.running ?? 0) > 0
    const flow = first && this.host.causeOf?.(record, first)
    const sameRun = respondedRun(record) === currentRun(record)
    const evidence = { kind, first, second, gone, running, passedOn, flow, sameRun, isRouter }
    const cause = diagnose(evidence)
    const attempt = { kind, first, second: placedReturn(evidence), cause, state }
    const action = this.#exempt(response, record, attempt, this.decide(response, record, kind, cause))
    return action === 'off' ? undefined : { ...attempt, action, parting: partingOf(evidence) }
  }

  /** A known mistake may be judged more mildly. Its fingerprint is made only where anything is exempted. */
  #exempt(
    response: GuardedResponse,
    record: ResponseRecord,
    attempt: Omit<Attempt, 'action' | 'parting'>,
    action: Action,
  ): Action {
    if (action === 'off' || !this.policy.exempts) return action
    const { kind, cause, first, second } = attempt
    const fingerprint = fingerprintOf({
      kind,
      cause,
      first: first && operationOf(record, first),
      second: second && operationOf(record, second),
      route: kind === 'no-response' ? this.host.routeOf(response, record) : undefined,
    })
    return this.#exempted(response, record, fingerprint, action, kind, cause)
  }

  #exempted(
    response: GuardedResponse,
    record: ResponseRecord,
    fingerprint: string,
    action: Action,
    kind: ViolationKind,
    cause: Cause,
  ): Action {
    const { policy } = this
    const route = policy.varies ? this.host.routeOf(response, record) : undefined
    return policy.exempt(fingerprint, action, kind, cause, route, response.req?.method)
  }

  /**
   * What a violation is taken for when there are too many to look at each: where this route has shown what operations of
   * this name are, and the policy does not depend on more. `mildly` is what becomes of an action that cannot be taken.
   */
  recall(
    response: GuardedResponse,
    record: ResponseRecord,
    kind: ViolationKind,
    name: string,
    mildly: (action: Action) => Action = asItIs,
  ): Known | undefined {
    if (!this.#budget.isSpent) return undefined
    const known = this.teller.known(response, record, kind, name)
    if (known === undefined || known.holdsUnder === this.policy) return known
    return this.#stillHolds(response, record, known, mildly) ? known : undefined
  }

  /** Whether the policy says of a known mistake what it said, whatever the cause is this time. */
  #stillHolds(
    response: GuardedResponse,
    record: ResponseRecord,
    known: Known,
    mildly: (action: Action) => Action,
  ): boolean {
    const { policy } = this
    const { kind, action, cause, fingerprint } = known.violation
    const decided = CAUSES.map((each) => mildly(this.decide(response, record, kind, each)))
    const [whole = 'off'] = decided
    if (decided.some((each) => each !== whole)) return false
    const exempted = policy.exempts ? this.#exempted(response, record, fingerprint, whole, kind, cause) : whole
    if (exempted === 'throw' || exempted !== action) return false
    if (!policy.varies && !policy.exempts) known.holdsUnder = policy
    return true
  }

  /** Has the first operation captured at this place for a while. */
  arm(place: unknown): void {
    this.#arming.arm(place)
  }
}

const asItIs = (action: Action): Action => action
