import { framesOfError, siteOf } from './frame.ts'
import { atEndOfTurn } from './held.ts'
import { type GuardedResponse, isGone } from './host.ts'
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
import { HEADERS_SENT } from './state.ts'
import { currentTurn, type TracePoint } from './trace.ts'

// Bodies that break off, that do not fit their length, or that may not be.

/** The stream that is piped into the response failed, or was destroyed before its end. */
export function sourceFailed(response: GuardedResponse, record: ResponseRecord, error: unknown): void {
  if ((record.bits & DETACHED) !== 0 || isGone(response, record) || response.writableEnded) return
  if (!response.headersSent) {
    record.guard.release(response, record)
    return
  }
  const failure = failureMoment(record, error)
  const piped = record.rare?.piped
  const frames = siteOf(failure.frames) === undefined ? (piped?.trace?.frames ?? []) : failure.frames
  broken(response, record, { ...failure, operation: 'pipe', frames, streamed: true })
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
  const trace = lookAround(record)
  const { by } = record.guard.judge.callerOf(trace.frames)
  if (!response.headersSent && by !== 'node') return
  const second = { ...secondMoment(record, 'res.destroy', trace, by === 'node'), streamed: by !== 'application' }
  const frames = framesOfError(error, record.guard.judge.isWrapper)
  broken(response, record, siteOf(frames) === undefined ? second : { ...second, frames })
}

/** The routers have run out, and nobody is left to finish a partial body. */
export function abandoned(response: GuardedResponse, record: ResponseRecord): void {
  if ((record.bits & (DETACHED | RESPONDED | PIPING)) !== 0 || isGone(response, record)) return
  if (record.guard.judge.observe(response, record) !== HEADERS_SENT) return
  const { at = now(), trace } = record.rare?.passed ?? {}
  broken(response, record, { operation: 'next', at, trace, frames: trace?.frames ?? [] })
}

/** A body broke off. Told at the end of the turn: an error handler may still end it, or answer on top of it. */
export function broken(response: GuardedResponse, record: ResponseRecord, second: Moment): void {
  const { judge } = record.guard
  const first = judge.firstOf(response, record)
  const attempt = judge.attempt(response, record, { kind: 'truncated-response', first, second })
  if (attempt === undefined || record.rare?.broken === true) return
  // What a second answer that was told has broken off is no mistake of its own.
  if (record.rare?.toldTurn === currentTurn()) return
  const rare = record.rarely()
  rare.broken = true
  const toldBefore = rare.told
  atEndOfTurn(() => {
    if (response.writableEnded || rare.told !== toldBefore) return
    const action = attempt.action === 'throw' ? 'report' : attempt.action
    judge.tell(response, record, { ...attempt, action })
    if (action === 'suppress') armGrace(response, record)
  })
}

/** Cuts the connection when nothing more is written for a while, so that the client sees a failure and never hangs. */
export function armGrace(response: GuardedResponse, record: ResponseRecord): void {
  const { judge } = record.guard
  const rare = record.rarely()
  if (isGone(response, record) || judge.decide(response, record, 'truncated-response', 'unknown') !== 'suppress') return
  if (rare.graceTimer !== undefined) return
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
  if (response.stream !== undefined) response.stream.close(2)
  else if (response.chunkedEncoding === true || response.hasHeader('content-length')) response.destroy()
  else if (response.socket?.resetAndDestroy !== undefined) response.socket.resetAndDestroy()
  else response.destroy()
}

/** A body is handed over with a status that has none; by the framework, for whoever gave it at `place`. */
export function judgeBody(response: GuardedResponse, record: ResponseRecord, name: string, place?: TracePoint): void {
  const { judge } = record.guard
  const { statusCode } = response
  if ((statusCode !== 204 && statusCode !== 304) || response.req?.method === 'HEAD') return
  if (!judge.policy.watches('body-not-allowed')) return
  const trace = lookAround(record)
  const second: Moment = { ...momentOf(name, trace, place?.frames), statusCode }
  const attempt = judge.attempt(response, record, { kind: 'body-not-allowed', second })
  if (attempt !== undefined) judge.tell(response, record, { ...attempt, action: 'report' })
}

/** A Content-Length is set by hand: where it is said how long the body will be. */
export function declareLength(response: GuardedResponse, record: ResponseRecord, operation: string): void {
  record.bits |= MEASURED
  const trace = record.guard.judge.capture(response, record)
  if (trace !== undefined) record.rarely().declared = { operation, at: now(), trace }
}

/** Where the Content-Length was set, by the outermost call. */
function declarationOf(record: ResponseRecord, { operation, at, trace }: Declared): Moment {
  const { method } = record.guard.judge.callerOf(trace.frames)
  return { operation: method ?? operation, at, trace, frames: trace.frames }
}

/** The body was ended, and its bytes do not fit the Content-Length. */
export function judgeLength(response: GuardedResponse, record: ResponseRecord): void {
  if (response.req?.method === 'HEAD' || isGone(response, record)) return
  const { statusCode } = response
  if (statusCode === 204 || statusCode === 304 || statusCode < 200) return
  const { judge } = record.guard
  const trace = lookAround(record)
  const declared = record.rare?.declared
  const first = declared === undefined ? judge.firstOf(response, record) : declarationOf(record, declared)
  const second = momentOf(record.operation ?? 'res.end', trace)
  const attempt = judge.attempt(response, record, { kind: 'length-mismatch', first, second })
  if (attempt !== undefined) judge.tell(response, record, { ...attempt, action: 'report' })
}
