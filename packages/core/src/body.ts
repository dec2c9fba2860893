import { callerOf } from './caller.ts'
import { framesOfError, siteOf } from './frame.ts'
import { atEndOfTurn } from './held.ts'
import { type GuardedResponse, http2StreamOf, isGone } from './host.ts'
import { failureMoment, lookAround, type Moment, momentOf, secondMoment } from './moment.ts'
import {
  DESTROYED,
  DETACHED,
  type Declared,
  MEASURED,
  now,
  PIPING,
  RESPONDED,
  type ResponseRecord,
  STREAMING,
} from './record.ts'
import { reportOnly } from './report-only.ts'
import { HEADERS_SENT } from './state.ts'
import { currentTurn, type TracePoint } from './trace.ts'
import type { Action } from './violation.ts'

// Bodies that break off, that do not fit their length, or that may not be.

/** The stream that is piped into the response failed, or was destroyed before its end. */
export function sourceFailed(response: GuardedResponse, record: ResponseRecord, error: unknown): void {
  if ((record.bits & DETACHED) !== 0 || isGone(response, record) || response.writableEnded) return
  if (!response.headersSent) {
    record.guard.release(response, record)
    return
  }
  broken(response, record, 'pipe', () => {
    const failure = failureMoment(record, error)
    const piped = record.rare?.piped
    const frames = siteOf(failure.frames) === undefined ? (piped?.trace?.frames ?? []) : failure.frames
    return { ...failure, operation: 'pipe', frames, streamed: true }
  })
  record.bits &= ~(PIPING | RESPONDED)
}

/** The response is destroyed with its body half sent. */
export function destroyed(response: GuardedResponse, record: ResponseRecord, error: unknown): void {
  if (response.writableEnded || isGone(response, record)) return
  judgeDestroyed(response, record, error)
  record.bits |= DESTROYED
}

function judgeDestroyed(response: GuardedResponse, record: ResponseRecord, error: unknown): void {
  if ((record.bits & DETACHED) !== 0) return
  // A body stream that the framework destroys before its first byte counts.
  const { piped } = record.rare ?? {}
  if (!response.headersSent && piped?.byFramework !== true) return
  if (record.rare?.cut === true || response.socket?.destroyed === true || response.req?.destroyed === true) return
  // To which name a look is owed: what is destroyed before its head was sent may be nobody's mistake.
  const name = response.headersSent ? 'destroy' : 'destroy unsent'
  broken(response, record, name, () => destroyedAt(response, record, error))
}

/** Who destroys it, and where; undefined where that is no failing body. */
function destroyedAt(response: GuardedResponse, record: ResponseRecord, error: unknown): Moment | undefined {
  const { judge } = record.guard
  const trace = lookAround(record)
  const { by } = callerOf(judge.host, trace.frames)
  if (!response.headersSent && by !== 'node') return undefined
  const second = { ...secondMoment(record, 'res.destroy', trace, by === 'node'), streamed: by !== 'application' }
  const frames = framesOfError(error, judge.isWrapper)
  return siteOf(frames) === undefined ? second : { ...second, frames }
}

/** The routers have run out, and nobody is left to finish a partial body. */
export function abandoned(response: GuardedResponse, record: ResponseRecord): void {
  if ((record.bits & (DETACHED | RESPONDED | PIPING)) !== 0 || isGone(response, record)) return
  if (record.guard.judge.observe(response, record) !== HEADERS_SENT) return
  const { at = now(), trace } = record.rare?.passed ?? {}
  broken(response, record, 'next', () => ({ operation: 'next', at, trace, frames: trace?.frames ?? [] }))
}

/**
 * A body broke off. Told at the end of the turn: an error handler may still end it, or answer on top of it. `look` finds out
 * where it was, unless there are too many to look at each.
 */
export function broken(
  response: GuardedResponse,
  record: ResponseRecord,
  name: string,
  look: () => Moment | undefined,
): void {
  const { judge } = record.guard
  // What a second answer that was told has broken off is no mistake of its own.
  if (record.rare?.broken === true || record.rare?.toldTurn === currentTurn()) return
  if (!judge.policy.watches('truncated-response')) return
  const known = judge.recall(response, record, 'truncated-response', name)
  if (known !== undefined) {
    const { action } = known.violation
    tellBroken(response, record, action, () => judge.teller.tellAgain(response, record, known))
    return
  }
  const second = look()
  if (second === undefined) {
    judge.teller.doubt(response, record, 'truncated-response', name)
    return
  }
  const first = judge.firstOf(response, record)
  const attempt = judge.attempt(response, record, { kind: 'truncated-response', first, second })
  if (attempt === undefined) return
  tellBroken(response, record, attempt.action, () => judge.teller.tell(response, record, attempt, name))
}

function tellBroken(response: GuardedResponse, record: ResponseRecord, action: Action, tell: () => void): void {
  const rare = record.rarely()
  rare.broken = true
  const toldBefore = rare.told
  atEndOfTurn(() => {
    if (response.writableEnded || rare.told !== toldBefore) return
    tell()
    if (action === 'suppress') cutAfterGrace(response, record)
  })
}

/** A second answer was refused, and the first may never be ended: then it is a body that broke off. */
export function armGrace(response: GuardedResponse, record: ResponseRecord): void {
  if (record.guard.judge.decide(response, record, 'truncated-response', 'unknown') !== 'suppress') return
  cutAfterGrace(response, record)
}

/** Cuts the connection when nothing more is written for a while, so that the client sees a failure and never hangs. */
function cutAfterGrace(response: GuardedResponse, record: ResponseRecord): void {
  const { judge } = record.guard
  const rare = record.rarely()
  if (isGone(response, record) || rare.graceTimer !== undefined) return
  // Every further chunk has to be seen: it puts the end off.
  record.bits &= ~STREAMING
  rare.graceTimer = setTimeout(() => {
    if (response.writableEnded || isGone(response, record)) return
    rare.cut = true
    cut(response)
  }, judge.settings(response, record).graceMs).unref()
}

/** The client must see a failure: where only the connection's end marks the body's, a reset does. */
function cut(response: GuardedResponse): void {
  const stream = http2StreamOf(response)
  if (stream !== undefined) stream.close(2)
  else if (response.chunkedEncoding === true || response.hasHeader('content-length')) response.destroy()
  else if (response.socket?.resetAndDestroy !== undefined) response.socket.resetAndDestroy()
  else response.destroy()
}

/** A body is handed over with a status that has none; by the framework, for whoever gave it at `place`. */
export function judgeBody(response: GuardedResponse, record: ResponseRecord, name: string, place?: TracePoint): void {
  const { statusCode } = response
  if ((statusCode !== 204 && statusCode !== 304) || response.req?.method === 'HEAD') return
  refuseBody(response, record, name, place)
}

// Apart from its question, which most answers ask: with a closure in it, each call would make a context.

function refuseBody(response: GuardedResponse, record: ResponseRecord, name: string, place?: TracePoint): void {
  reportOnly(response, record, 'body-not-allowed', name, () => {
    const moment = momentOf(name, lookAround(record), place?.frames)
    return { second: { ...moment, statusCode: response.statusCode } }
  })
}

/** A Content-Length is set by hand: where it is said how long the body will be. */
export function declareLength(response: GuardedResponse, record: ResponseRecord, operation: string): void {
  record.bits |= MEASURED
  const trace = record.guard.judge.capture(response, record)
  if (trace !== undefined) record.rarely().declared = { operation, at: now(), trace }
}

/** Where the Content-Length was set, by the outermost call. */
function declarationOf(record: ResponseRecord, { operation, at, trace }: Declared): Moment {
  const { method } = callerOf(record.guard.judge.host, trace.frames)
  return { operation: method ?? operation, at, trace, frames: trace.frames }
}

/** The body was ended, and its bytes do not fit the Content-Length. */
export function judgeLength(response: GuardedResponse, record: ResponseRecord): void {
  if (response.req?.method === 'HEAD' || isGone(response, record)) return
  const { statusCode } = response
  if (statusCode === 204 || statusCode === 304 || statusCode < 200) return
  const name = record.operation ?? 'res.end'
  reportOnly(response, record, 'length-mismatch', name, () => {
    const trace = lookAround(record)
    const declared = record.rare?.declared
    const { judge } = record.guard
    const first = declared === undefined ? judge.firstOf(response, record) : declarationOf(record, declared)
    return { first, second: momentOf(name, trace) }
  })
}
