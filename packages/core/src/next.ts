import { failed, passedOn } from './control.ts'
import type { GuardedResponse } from './host.ts'
import { currentRun, DETACHED, INSIDE, PASSING, RESPONDED, type ResponseRecord } from './record.ts'
import type { TracePoint } from './trace.ts'
import type { Action } from './violation.ts'

/** Passes control on: without an argument or with a signal of the router, else with an error. */
export type Next = (this: unknown, error?: unknown) => unknown

/** `next('route')` and `next('router')` are no errors. */
const isError = (value: unknown) => Boolean(value) && value !== 'route' && value !== 'router'

/** Whether an error that is passed on is to be held back: the framework would answer because of it. */
export type HoldsBack = (response: GuardedResponse, record: ResponseRecord, error: unknown) => boolean

/**
 * Stands in for the `next` that one run of one handler is given, and sees it called after the response, or twice.
 * One closure a run; nothing is looked at while nothing is wrong. With `holdsBack`, the framework goes on within the call,
 * and may be about to answer.
 */
export function trackNext(
  response: GuardedResponse,
  record: ResponseRecord,
  forward: Next,
  incoming?: unknown,
  holdsBack?: HoldsBack,
): Next {
  const run = currentRun(record)
  const { layer } = record
  let calls = 0
  let trace: TracePoint | undefined
  return function next(this: unknown, error?: unknown): unknown {
    calls++
    if (calls > 1 || error || (record.bits & (RESPONDED | DETACHED)) !== 0) {
      if (
        judge(
          response,
          record,
          { run, calls, trace, layer, isForwarded: error !== undefined && error === incoming },
          error,
        ) === 'suppress'
      )
        return undefined
    }
    if (calls === 1) trace = record.guard.passes(response, record)
    if (holdsBack === undefined) return Reflect.apply(forward, this, arguments)
    if (error && holdsBack(response, record, error)) return undefined
    const before = record.bits & INSIDE
    record.bits |= INSIDE
    try {
      return Reflect.apply(forward, this, arguments)
    } finally {
      if (before === 0) record.bits &= ~INSIDE
    }
  }
}

/** One call of a tracked `next`. */
interface Call {
  readonly run: number
  readonly calls: number
  /** Where the first one was made. */
  readonly trace: TracePoint | undefined
  /** The adapter's: what the handler belongs to. */
  readonly layer: unknown
  /** An error handler passes on the error that it was given. */
  readonly isForwarded: boolean
}

function judge(response: GuardedResponse, record: ResponseRecord, call: Call, error: unknown): Action {
  const { guard } = record
  if ((record.bits & DETACHED) !== 0) return 'off'
  record.bits |= PASSING
  const failure = isError(error) ? error : undefined
  if (call.calls > 1) return passedOn(response, record, 'next-called-twice', call.trace, failure, call.layer)
  if (failure !== undefined) {
    failed(response, record, failure, call.run, call.isForwarded ? 'forwarded' : 'passed')
    return 'off'
  }
  if (!guard.respondedIn(record, call.run)) return 'off'
  record.rarely().passedAfter = true
  return passedOn(response, record, 'next-after-response', undefined, undefined)
}
