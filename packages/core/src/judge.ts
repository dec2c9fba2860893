import { Arming } from './arm.ts'
import { type Composed, compose, retell } from './compose.ts'
import { diagnose, partingOf, placedReturn } from './diagnose.ts'
import { fingerprintOf } from './fingerprint.ts'
import { type Frame, type IsWrapper, siteOf, wrappersOf } from './frame.ts'
import { atEndOfTurn } from './held.ts'
import { type GuardedResponse, type Host, isGone, isHeadSent, wireStatus } from './host.ts'
import { type Moment, operationOf } from './moment.ts'
import type { GuardOptions } from './options.ts'
import type { CompiledPolicy, Settings } from './policy/compile.ts'
import { currentRun, RESPONDED, type ResponseRecord, respondedRun } from './record.ts'
import { Announcer } from './report.ts'
import { FINISHED, HEADERS_SENT, type ResponseState, STATES } from './state.ts'
import { Budget, type Known, Memory } from './storm.ts'
import { FIRST_DEPTH, Trace } from './trace.ts'
import {
  type Action,
  CAUSES,
  type CallSite,
  type Cause,
  type OperationRecord,
  ResponseViolationError,
  type Violation,
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

/** Finds causes, asks the policy, tells. One for each guard; it keeps nothing of a response. */
export class Judge {
  readonly host: Host
  /** What its guard has been told last: a policy may change. */
  policy: CompiledPolicy
  /** Whether a file is one that the user does not want to be named. */
  readonly isWrapper: IsWrapper
  readonly #announcer: Announcer
  readonly #arming: Arming
  readonly #budget: Budget
  readonly #memory = new Memory()

  constructor(host: Host, options: GuardOptions, policy: CompiledPolicy) {
    this.host = host
    this.policy = policy
    this.isWrapper = wrappersOf(options.ignore)
    this.#announcer = new Announcer(options)
    const mode = options.trace ?? (process.env.NODE_ENV === 'production' ? 'adaptive' : 'always')
    this.#arming = new Arming(mode, options.limits)
    this.#budget = new Budget(options.limits?.fullPerSecond ?? FULL_PER_SECOND)
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
    if (record.state !== FINISHED) {
      if (response.writableEnded || isGone(response)) record.state = FINISHED
      else if (record.state < HEADERS_SENT && isHeadSent(response)) record.state = HEADERS_SENT
    }
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

  /** The outermost public call, and whether the application, the framework or Node made it. */
  callerOf(frames: readonly Frame[]): { readonly method?: string; readonly by: 'application' | 'framework' | 'node' } {
    let method: string | undefined
    let library = false
    for (const frame of frames) {
      if (frame.owner === 'node' || frame.owner === 'guard') continue
      const name = this.host.methodOf(frame)
      const isFramework = this.host.isFramework(frame)
      if (name !== undefined) method = name
      // The framework's methods have helpers of their own, in packages: `vary`.
      else if (frame.owner === 'package' && !isFramework && method === undefined) library = true
      else {
        const by = isFramework && !library ? 'framework' : 'application'
        return method === undefined ? { by } : { method, by }
      }
    }
    if (method !== undefined) return { method, by: 'framework' }
    return { by: library ? 'application' : 'node' }
  }

  /** Whether somebody could catch what is thrown there: a timer or an event has no caller. */
  hasCaller(frames: readonly Frame[]): boolean {
    const sync = frames.filter(({ isAsync }) => !isAsync)
    if (sync.length !== frames.length || sync.some((frame) => this.host.isFramework(frame))) return true
    const last = sync.findLastIndex(({ owner }) => owner !== 'node')
    const below = sync[last + 1]
    if (below === undefined) return true
    // A guarded listener has called the application; where the guard's own stand-in was called, its caller decides.
    if (sync[last]?.owner === 'guard' && sync.some(({ owner }) => owner !== 'node' && owner !== 'guard')) return true
    return /(processTicksAndRejections|runNextTicks)$/.test(below.functionName ?? '')
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
    const { policy } = this
    if (action === 'off' || !policy.exempts) return action
    const { kind, cause, first, second } = attempt
    const fingerprint = fingerprintOf({
      kind,
      cause,
      first: first && operationOf(record, first),
      second: second && operationOf(record, second),
    })
    const route = policy.varies ? this.host.routeOf(response, record) : undefined
    return policy.exempt(fingerprint, action, kind, cause, route, response.req?.method)
  }

  /**
   * What a violation is taken for when there are too many to look at each: where this route has shown what operations of
   * this name are, and the policy does not depend on more.
   */
  recall(response: GuardedResponse, record: ResponseRecord, kind: ViolationKind, name: string): Known | undefined {
    if (!this.#budget.isSpent) return undefined
    const known = this.#memory.recall(this.#placeOf(response, record), name, kind)
    if (known === undefined) return undefined
    const action = this.decide(response, record, kind, known.violation.cause)
    const isMild = action === 'report' || action === 'suppress'
    return isMild && action === known.violation.action && this.#isUniform(response, record, kind) ? known : undefined
  }

  /** An operation of that name was found to be nobody's mistake here. */
  doubt(response: GuardedResponse, record: ResponseRecord, kind: ViolationKind, name: string): void {
    this.#memory.doubt(this.#placeOf(response, record), name, kind)
  }

  /** Whether the cause makes no difference. */
  #isUniform(response: GuardedResponse, record: ResponseRecord, kind: ViolationKind): boolean {
    const whole = this.decide(response, record, kind, 'unknown')
    return CAUSES.every((cause) => this.decide(response, record, kind, cause) === whole)
  }

  #placeOf(response: GuardedResponse, record: ResponseRecord): object {
    const place = this.host.placeOf(response, record)
    return typeof place === 'object' && place !== null ? place : this
  }

  /** Tells a violation at once. What waited for the end of the turn is explained by it. `name` is what was called. */
  tell(response: GuardedResponse, record: ResponseRecord, attempt: Attempt, name?: string): Violation {
    const rare = record.rarely()
    rare.held = undefined
    rare.told++
    const composed = this.#compose(response, record, attempt)
    this.#publish(response, record, composed, name)
    return composed.violation
  }

  /** Tells again what is known. */
  tellAgain(response: GuardedResponse, record: ResponseRecord, known: Known): void {
    const rare = record.rarely()
    rare.held = undefined
    rare.told++
    if (isToldHere(record, known.violation)) return
    this.#announcer.announceAgain(
      known.mistake,
      known.violation,
      () => retell(this.host, response, record, known),
      this.host.log?.(record),
    )
  }

  /** Tells a violation at the end of its turn, unless another one of this response has explained it by then. */
  hold(response: GuardedResponse, record: ResponseRecord, attempt: Attempt, name?: string): void {
    if (record.rare?.held !== undefined) return
    // The answer that may follow throws; this one has no call left to throw at.
    const mild: Attempt = attempt.action === 'throw' ? { ...attempt, action: 'report' } : attempt
    const composed = this.#compose(response, record, mild)
    this.#hold(record, composed.violation, () => this.#publish(response, record, composed, name))
  }

  /** The same for what is known. */
  holdAgain(response: GuardedResponse, record: ResponseRecord, known: Known): void {
    if (record.rare?.held !== undefined) return
    this.#hold(record, known.violation, () => this.tellAgain(response, record, known))
  }

  #hold(record: ResponseRecord, held: Violation, tell: () => void): void {
    const rare = record.rarely()
    rare.held = held
    atEndOfTurn(() => {
      if (rare.held !== held) return
      rare.held = undefined
      tell()
    })
  }

  #compose(response: GuardedResponse, record: ResponseRecord, attempt: Attempt): Composed {
    this.#budget.take()
    return compose(this.host, response, record, attempt, this.#arming.untraced)
  }

  /** Has the first operation captured at this place for a while. */
  arm(place: unknown): void {
    this.#arming.arm(place)
  }

  #publish(response: GuardedResponse, record: ResponseRecord, composed: Composed, name: string | undefined): void {
    // Both operations' places: a middleware may have answered, and the route come too late.
    this.arm(this.host.placeOf(response, record))
    this.arm(this.host.secondPlaceOf?.(record))
    const { violation } = composed
    if (name !== undefined) this.#memory.learn(this.#placeOf(response, record), name, composed)
    if (!isToldHere(record, violation)) this.#announcer.announce(violation, this.host.log?.(record))
  }
}

/**
 * Whether this place of the application was told for this response. A timer that nobody clears makes the same mistake for
 * ever: it is one.
 */
function isToldHere(record: ResponseRecord, { kind, second }: Violation): boolean {
  const { file, line, column } = second?.site ?? {}
  const place = `${kind} ${second?.operation} ${file}:${line}:${column}`
  const rare = record.rarely()
  rare.toldPlaces ??= new Set()
  if (rare.toldPlaces.has(place)) return true
  rare.toldPlaces.add(place)
  return false
}
