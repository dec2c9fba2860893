import { Arming } from './arm.ts'
import { diagnose } from './diagnose.ts'
import { type Draft, fingerprintOf, hintOf, messageOf } from './explain.ts'
import { atEndOfTurn } from './held.ts'
import { type GuardedResponse, type Host, isGone, wireStatus } from './host.ts'
import type { Moment } from './moment.ts'
import type { GuardOptions } from './options.ts'
import type { CompiledPolicy, Settings } from './policy/compile.ts'
import { currentRun, millisecondsBetween, RESPONDED, type ResponseRecord, respondedRun } from './record.ts'
import { Announcer } from './report.ts'
import { FINISHED, HEADERS_SENT, type ResponseState, STATES } from './state.ts'
import { FIRST_DEPTH, type Frame, siteOf, Trace } from './trace.ts'
import {
  type Action,
  type Cause,
  codeOf,
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

/** Finds causes, asks the policy, tells. One for each guard; it keeps nothing of a response. */
export class Judge {
  readonly host: Host
  /** What its guard has been told last: a policy may change. */
  policy: CompiledPolicy
  readonly #announcer: Announcer
  readonly #arming: Arming

  constructor(host: Host, options: GuardOptions, policy: CompiledPolicy) {
    this.host = host
    this.policy = policy
    this.#announcer = new Announcer(options)
    this.#arming = new Arming(options.trace ?? (process.env.NODE_ENV === 'production' ? 'adaptive' : 'always'))
  }

  /** The stack, where tracing says so. */
  capture(response: GuardedResponse, record: ResponseRecord): Trace | undefined {
    if (this.#arming.idle) return undefined
    return this.#arming.captures(this.host.placeOf(response, record)) ? new Trace(FIRST_DEPTH) : undefined
  }

  /** Whether places of first operations are told at all. */
  get traces(): boolean {
    return !this.#arming.never
  }

  /** The stack of what happens so rarely that it is captured in production too. */
  captureRare(): Trace | undefined {
    return this.traces ? new Trace(FIRST_DEPTH) : undefined
  }

  /** The state now, as a number. What happened behind the guard's back is read off Node's own flags. */
  observe(response: GuardedResponse, record: ResponseRecord): number {
    if (record.state !== FINISHED) {
      if (response.writableEnded || isGone(response)) record.state = FINISHED
      else if (record.state < HEADERS_SENT && response.headersSent) record.state = HEADERS_SENT
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
    return moment === undefined ? null : this.#toRecord(record, moment)
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
    if (sync[last]?.owner === 'guard' && sync.some(({ owner }) => owner === 'application' || owner === 'package'))
      return true
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
    const cause = diagnose({ kind, first, second, gone, running, passedOn, flow, sameRun, isRouter })
    const attempt = { kind, first, second, cause, state }
    const action = this.#exempt(response, record, attempt, this.decide(response, record, kind, cause))
    return action === 'off' ? undefined : { ...attempt, action }
  }

  /** A known mistake may be judged more mildly. Its fingerprint is made only where anything is exempted. */
  #exempt(response: GuardedResponse, record: ResponseRecord, attempt: Omit<Attempt, 'action'>, action: Action): Action {
    const { policy } = this
    if (action === 'off' || !policy.exempts) return action
    const { kind, cause, first, second } = attempt
    const fingerprint = fingerprintOf({
      kind,
      cause,
      first: first && this.#toRecord(record, first),
      second: second && this.#toRecord(record, second),
    })
    const route = policy.varies ? this.host.routeOf(response, record) : undefined
    return policy.exempt(fingerprint, action, kind, cause, route, response.req?.method)
  }

  /** Tells a violation at once. What waited for the end of the turn is explained by it. */
  tell(response: GuardedResponse, record: ResponseRecord, attempt: Attempt): Violation {
    const rare = record.rarely()
    rare.held = undefined
    rare.told++
    const violation = this.#compose(response, record, attempt)
    this.#publish(response, record, violation)
    return violation
  }

  /** Tells a violation at the end of its turn, unless another one of this response has explained it by then. */
  hold(response: GuardedResponse, record: ResponseRecord, attempt: Attempt): void {
    const rare = record.rarely()
    if (rare.held !== undefined) return
    // The answer that may follow throws; this one has no call left to throw at.
    const held = this.#compose(
      response,
      record,
      attempt.action === 'throw' ? { ...attempt, action: 'report' } : attempt,
    )
    rare.held = held
    atEndOfTurn(() => {
      if (rare.held !== held) return
      rare.held = undefined
      this.#publish(response, record, held)
    })
  }

  #toRecord(record: ResponseRecord, { operation, at, statusCode, frames }: Moment): OperationRecord {
    const atMs = millisecondsBetween(record.arrivedAt, at)
    const site = siteOf(frames)
    return statusCode === undefined ? { operation, site, atMs } : { operation, site, atMs, statusCode }
  }

  #compose(response: GuardedResponse, record: ResponseRecord, attempt: Attempt): Violation {
    const { kind, first, second, cause, action, state } = attempt
    const draft: Draft = {
      kind,
      code: codeOf(kind),
      action,
      cause,
      framework: this.host.framework,
      method: response.req?.method ?? '',
      route: this.host.routeOf(response, record),
      state,
      first: first && this.#toRecord(record, first),
      second: second && this.#toRecord(record, second),
    }
    return { ...draft, message: messageOf(draft), hint: hintOf(draft), fingerprint: fingerprintOf(draft) }
  }

  /** Has the first operation captured at this place for a while. */
  arm(place: unknown): void {
    this.#arming.arm(place)
  }

  #publish(response: GuardedResponse, record: ResponseRecord, violation: Violation): void {
    // Both operations' places: a middleware may have answered, and the route come too late.
    this.arm(this.host.placeOf(response, record))
    this.arm(this.host.secondPlaceOf?.(record))
    // A timer that nobody clears makes the same mistake for ever: it is one.
    const rare = record.rarely()
    const place = placeKeyOf(violation)
    rare.toldPlaces ??= new Set()
    if (rare.toldPlaces.has(place)) return
    rare.toldPlaces.add(place)
    this.#announcer.announce(violation, this.host.log?.(record))
  }
}

/** Equal for what one place of the application does wrong in one way. */
function placeKeyOf({ kind, second }: Violation): string {
  const { file, line, column } = second?.site ?? {}
  return `${kind} ${second?.operation} ${file}:${line}:${column}`
}
