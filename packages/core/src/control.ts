import { broken } from './body.ts'
import { hasCaller } from './caller.ts'
import { type GuardedResponse, isGone } from './host.ts'
import { isConsequence } from './judge.ts'
import { failureMoment, lookAround, type Moment, momentOf } from './moment.ts'
import { DETACHED, EXPLAINED, now, RESPONDED, type ResponseRecord } from './record.ts'
import { HEADERS_SENT } from './state.ts'
import type { Trace, TracePoint } from './trace.ts'
import { type Action, onlyReported, ResponseViolationError, type ViolationKind } from './violation.ts'

// Control that goes on where it should not: next() too often, errors too late.

/** A timeout middleware passes its error on although it has passed control on before: that is what it is for. */
function isTimeoutMiddleware({ frames }: Trace): boolean {
  const caller = frames.find(({ owner }) => owner === 'package' || owner === 'application')
  return caller?.packageName?.includes('timeout') === true
}

/**
 * A handler passed control on where it may not; the caller does as the action returned says. `off` where nothing is
 * wrong, or the rule is off. `native` is the error that the framework would have raised.
 * @throws {ResponseViolationError} where the policy says `throw`.
 */
export function passedOn(
  response: GuardedResponse,
  record: ResponseRecord,
  kind: 'next-after-response' | 'next-called-twice',
  firstPass: TracePoint | undefined,
  error: unknown,
  place?: unknown,
  native?: unknown,
  operation: string = record.guard.judge.host.nextName ?? 'next',
): Action {
  if ((record.bits & DETACHED) !== 0 || isGone(response, record) || isConsequence(error)) return 'off'
  const { judge } = record.guard
  if (!judge.policy.watches(kind)) return 'off'
  // A second next(err) may be the only way an error gets to a log.
  const name = error === undefined ? operation : `${operation} with an error`
  const known = again(response, record, kind, name, error === undefined ? undefined : onlyReported)
  if (known !== undefined) return known
  const trace = lookAround(record)
  if (error !== undefined && isTimeoutMiddleware(trace)) {
    judge.teller.doubt(response, record, kind, name)
    return 'off'
  }
  const second = error === undefined ? momentOf(operation, trace) : failureMoment(record, error)
  const first = kind === 'next-after-response' ? judge.firstOf(response, record) : passMoment(record, firstPass)
  const attempt = judge.attempt(response, record, { kind, first, second })
  if (attempt === undefined) return 'off'
  const mild = error !== undefined || (attempt.action === 'throw' && !hasCaller(judge.host, trace.frames))
  const action = mild ? 'report' : attempt.action
  if ((record.bits & EXPLAINED) !== 0) return action === 'throw' ? 'suppress' : action
  record.bits |= EXPLAINED
  if (place !== record.layer) judge.arm(place)
  const violation = judge.teller.tell(response, record, { ...attempt, action }, name)
  if (action === 'throw') throw new ResponseViolationError(violation, native)
  return action
}

/** A known mistake in a storm: counted, without a look at where it is made. Undefined where it is looked at. */
function again(
  response: GuardedResponse,
  record: ResponseRecord,
  kind: ViolationKind,
  name: string,
  mildly?: (action: Action) => Action,
): Exclude<Action, 'off'> | undefined {
  if ((record.bits & EXPLAINED) !== 0) return undefined
  const { judge } = record.guard
  const known = judge.recall(response, record, kind, name, mildly)
  if (known === undefined) return undefined
  record.bits |= EXPLAINED
  judge.teller.tellAgain(response, record, known)
  return known.violation.action
}

function passMoment(record: ResponseRecord, trace: TracePoint | undefined): Moment | undefined {
  if (trace === undefined) return undefined
  return {
    operation: record.guard.judge.host.nextName ?? 'next',
    at: record.rare?.passed?.at ?? now(),
    trace,
    frames: trace.frames,
  }
}

/**
 * A handler failed: after it had responded, or with a body half sent.
 * Where an error handler forwards the error that it was given, the place is where it does. Where the framework drops
 * promises, a rejection after any response is an error that nobody else will see.
 * Returns the action for an error after the response; `off` where the error goes its way.
 */
export function failed(
  response: GuardedResponse,
  record: ResponseRecord,
  error: unknown,
  run: number,
  how: 'passed' | 'forwarded' | 'dropped' = 'passed',
): Action {
  // One error passes several hooks.
  const failure = record.rare?.failure
  if (failure !== undefined && failure.error === error) return failure.action
  if ((record.bits & (DETACHED | EXPLAINED)) !== 0 || isGone(response, record) || isConsequence(error)) return 'off'
  const { judge } = record.guard
  if ((record.bits & RESPONDED) === 0 && judge.observe(response, record) === HEADERS_SENT) {
    broken(response, record, 'throw', () => failureMoment(record, error))
    return 'off'
  }
  const after = how === 'dropped' ? (record.bits & RESPONDED) !== 0 : record.guard.respondedIn(record, run)
  if (!after || !judge.policy.watches('error-after-response')) return 'off'
  const known = again(response, record, 'error-after-response', how)
  if (known !== undefined) {
    record.rarely().failure = { error, action: known }
    return known
  }
  const second = how === 'forwarded' ? momentOf('next', lookAround(record)) : failureMoment(record, error)
  const first = judge.firstOf(response, record)
  const attempt = judge.attempt(response, record, { kind: 'error-after-response', first, second })
  if (attempt === undefined) return 'off'
  const { action } = attempt
  record.rarely().failure = { error, action }
  record.bits |= EXPLAINED
  judge.teller.tell(response, record, attempt, how)
  return action
}

/** Whether an error was told, and goes no further than its error handlers. */
export function isSwallowed(record: ResponseRecord, error: unknown): boolean {
  const failure = record.rare?.failure
  return failure !== undefined && failure.error === error && failure.action === 'suppress'
}
