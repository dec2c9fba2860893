import { executionAsyncId } from 'node:async_hooks'
import { armGrace } from './body.ts'
import { callerOf, hasCaller } from './caller.ts'
import type { Frame } from './frame.ts'
import { type GuardedResponse, type Host, isGone, isHeadSent, isUnsent } from './host.ts'
import type { Attempt } from './judge.ts'
import { isReturn, lookAround, secondMoment } from './moment.ts'
import {
  AWAITS_FILE,
  AWAITS_VIEW,
  EXPLAINED,
  PIPE_TOLD,
  PIPING,
  type PipeSource,
  REFUSED,
  RESPONDED,
  type ResponseRecord,
  SENDS_STAGED,
  STREAMING,
} from './record.ts'
import { ANSWER, FINISHED, HEAD, HEADER, INFORM, OPERATIONS, PIPE, type ResponseState, WRITE } from './state.ts'
import type { Known } from './storm.ts'
import { currentTurn, type Trace, type TracePoint } from './trace.ts'
import { type Action, BREACHES, ResponseViolationError, unthrown, type ViolationKind } from './violation.ts'

// What happens where the table of states has no cell.

/** The error that Node would have raised. */
function nativeError(kind: ViolationKind): Error | undefined {
  if (kind === 'write-after-end')
    return Object.assign(new Error('write after end'), { code: 'ERR_STREAM_WRITE_AFTER_END' })
  if (kind !== 'double-response' && kind !== 'late-header') return undefined
  const message = 'Cannot set headers after they are sent to the client'
  return Object.assign(new Error(message), { code: 'ERR_HTTP_HEADERS_SENT' })
}

function kindOf(operation: number, state: ResponseState): ViolationKind {
  if (operation === WRITE && state !== 'finished') return 'double-response'
  return BREACHES[OPERATIONS[operation] as keyof typeof BREACHES] ?? 'double-response'
}

/** Whether a piped stream may still deliver. */
export function isActive(source: PipeSource): boolean {
  return source.readableEnded !== true && source.destroyed !== true && source.errored == null
}

/** Judges an operation that the state does not allow. Returns whether it is performed all the same. */
export function refuse(response: GuardedResponse, record: ResponseRecord, operation: number, name: string): boolean {
  const { guard, rare } = record
  record.bits &= ~SENDS_STAGED
  if ((record.bits & PIPING) !== 0) {
    if (operation === WRITE && record.state !== FINISHED) return true
    const source = rare?.piped?.source
    if (source !== undefined && !isActive(source) && record.state < FINISHED) {
      guard.unpipe(record, source)
      guard.release(response, record)
      return guard.allow(response, record, operation, name)
    }
  }
  const { judge } = guard
  const gone = isGone(response, record)
  const state = judge.stateOf(response, record)
  const kind = gone ? 'response-after-close' : kindOf(operation, state)
  const excused = gone && response.headersSent && isExcused(response, record, operation, kindOf(operation, state))
  if (!judge.policy.watches(kind)) return !excused
  const isExplained = (record.bits & EXPLAINED) !== 0
  const isSame = isSameMistake(record)
  const known = isExplained || isSame || gone ? undefined : judge.recall(response, record, kind, name)
  if (known !== undefined) return again(response, record, known, operation, name)
  const isLate = mayGoOn(record)
  if (isSame && !isLate) return asTold(response, record, kind, operation)
  if (isExplained && !isLate) return !excused && inSilence(response, record, kind)
  const trace = lookAround(record)
  if (isWithheld(response, record) && isCalledFromBelow(response, record, operation, name, trace)) return true
  const { method, by } = callerOf(judge.host, trace.frames)
  if (isLate && by === 'framework' && goesOn(record, operation, trace)) return true
  if (isSame) return asTold(response, record, kind, operation)
  const isConsequence = by === 'framework' || ((record.bits & PIPE_TOLD) !== 0 && isDelivery(trace))
  if (isConsequence) judge.teller.doubt(response, record, kind, name)
  if (isConsequence || isExplained) return !excused && inSilence(response, record, kind)
  const first = judge.firstOf(response, record)
  const second = secondMoment(record, method ?? name, trace, by === 'node')
  const attempt = judge.attempt(response, record, { kind, first, second, gone, state })
  if (attempt === undefined) return !excused
  if (isHeld(attempt, operation, name)) {
    judge.teller.hold(response, record, attempt, name)
    return attempt.action !== 'suppress'
  }
  return act(response, record, attempt, trace, operation, name)
}

/** Whether the framework may be writing an answer that the application has handed to it, in a later turn. */
function mayGoOn(record: ResponseRecord): boolean {
  const { host } = record.guard.judge
  return host.writesLater !== undefined && record.state !== FINISHED && (record.bits & RESPONDED) !== 0
}

/** Whether it does. */
function goesOn(record: ResponseRecord, operation: number, { frames }: Trace): boolean {
  const writer = frames.find(({ owner }) => owner !== 'node' && owner !== 'guard')
  if (writer === undefined || record.guard.judge.host.writesLater?.(writer) !== true) return false
  // A body in many chunks: the others need not be looked at.
  if (operation === WRITE) record.bits |= PIPING
  return true
}

/** Who calls, however far the application is. */
function innermost({ frames }: Trace): Frame | undefined {
  return frames.find(({ owner }) => owner !== 'guard')
}

/** Whether a pipe delivers: Node's streams call, whoever has fed them. */
function isDelivery(trace: Trace): boolean {
  return innermost(trace)?.owner === 'node'
}

/** Whether an answer that was complete has not got to Node: somebody has put a function below the guard that waits. */
function isWithheld(response: GuardedResponse, record: ResponseRecord): boolean {
  if ((record.bits & (PIPING | AWAITS_VIEW)) !== 0 || !isUnsent(response)) return false
  return record.state === FINISHED || (record.bits & AWAITS_FILE) !== 0
}

function isHelper(host: Host, frame: Frame): boolean {
  return frame.owner === 'package' && host.methodOf(frame) === undefined
}

/** Whether that answer goes on: an application that answers again calls the topmost function, and nothing below it. */
function isCalledFromBelow(
  response: GuardedResponse,
  { guard, bits }: ResponseRecord,
  operation: number,
  name: string,
  trace: Trace,
): boolean {
  if (operation === WRITE || !name.startsWith('res.')) return false
  const { host } = guard.judge
  // The framework's methods have helpers of their own, in packages.
  const caller = trace.frames.find((frame) => frame.owner !== 'guard' && !isHelper(host, frame))
  if (caller !== undefined && host.methodOf(caller) !== undefined) return true
  if ((bits & AWAITS_FILE) !== 0) return false
  if (innermost(trace)?.owner === 'node') return true
  return host.isCovered?.(response, name) === true
}

/** Nobody is blamed for what comes after the connection was lost, but Node throws at some of it: that is held back. */
function isExcused(response: GuardedResponse, record: ResponseRecord, operation: number, kind: ViolationKind): boolean {
  const throws = operation === HEADER || operation === HEAD || operation === ANSWER
  return throws && record.guard.judge.decide(response, record, kind, 'disconnected-client') === 'suppress'
}

/** A late status or header may be the beginning of a second answer: it waits for the end of its turn. */
function isHeld({ kind, action }: Pick<Attempt, 'kind' | 'action'>, operation: number, name: string): boolean {
  if (kind === 'late-status') return true
  if (kind !== 'late-header' || action === 'throw') return false
  // Node throws at a late header of its own: nothing can follow. Frameworks ignore theirs.
  return action === 'suppress' || operation === INFORM || !name.startsWith('res.')
}

function act(
  response: GuardedResponse,
  record: ResponseRecord,
  attempt: Attempt,
  trace: Trace,
  operation: number,
  name: string,
): boolean {
  const { judge } = record.guard
  // A value that a promise resolves to is nobody's call.
  const isCall = !(attempt.second && isReturn(attempt.second)) && hasCaller(judge.host, trace.frames)
  const action = isCall ? attempt.action : unthrown(attempt.action)
  const violation = judge.teller.tell(response, record, { ...attempt, action }, name)
  noteTold(record, trace, action)
  if (action === 'report') return asReported(response, record, operation)
  protectFirst(response, record, operation)
  if (action === 'suppress') return false
  throw new ResponseViolationError(violation, response.headersSent ? nativeError(attempt.kind) : undefined)
}

/** What follows in the same turn is the same mistake. */
export function noteTold(record: ResponseRecord, { turn, asyncId }: Omit<TracePoint, 'frames'>, action: Action): void {
  const rare = record.rarely()
  rare.toldTurn = turn
  rare.toldAsyncId = asyncId
  rare.toldAction = action
}

function asReported(response: GuardedResponse, record: ResponseRecord, operation: number): boolean {
  if (operation === PIPE) record.bits |= PIPE_TOLD
  // Two answers are on their way now: what goes wrong from here on follows from that.
  if ((record.bits & RESPONDED) !== 0 && !response.headersSent) record.bits |= EXPLAINED
  return true
}

/** A known mistake in a storm: acted upon and counted, without a look at where it is made. */
function again(
  response: GuardedResponse,
  record: ResponseRecord,
  known: Known,
  operation: number,
  name: string,
): boolean {
  const { action } = known.violation
  if (isHeld(known.violation, operation, name)) {
    record.guard.judge.teller.holdAgain(response, record, known)
    return action !== 'suppress'
  }
  record.guard.judge.teller.tellAgain(response, record, known)
  noteTold(record, { turn: currentTurn(), asyncId: executionAsyncId() }, action)
  if (action === 'report') return asReported(response, record, operation)
  protectFirst(response, record, operation)
  return false
}

/** Whether this is made in the turn in which a violation was told: setHeader, write and end of one answer are one mistake. */
export function isSameMistake({ rare }: ResponseRecord): boolean {
  return rare !== undefined && rare.toldTurn === currentTurn() && rare.toldAsyncId === executionAsyncId()
}

/** The rest of a mistake that was told: what was done about its beginning is done about it. */
function asTold(response: GuardedResponse, record: ResponseRecord, kind: ViolationKind, operation: number): boolean {
  const action = record.rare?.toldAction
  if (action !== 'suppress' && action !== 'throw') return true
  protectFirst(response, record, operation)
  if (action === 'suppress' || kind === 'late-status') return false
  throw nativeError(kind) ?? new Error(kind)
}

/** A consequence: its rule's action applies, and nothing is told. */
function inSilence(response: GuardedResponse, record: ResponseRecord, kind: ViolationKind): boolean {
  const { judge } = record.guard
  const action = judge.decide(response, record, kind, 'unknown')
  if (action === 'off' || action === 'report') return true
  if (action === 'throw' && !hasCaller(judge.host, lookAround(record).frames)) return true
  protectFirst(response, record, undefined)
  if (action === 'suppress' || kind === 'late-status') return false
  throw nativeError(kind) ?? new Error(kind)
}

/** Whether body bytes have been handed over, or a stream that will. */
export function hasBegun(record: ResponseRecord): boolean {
  return (record.bits & STREAMING) !== 0 || record.rare?.piped !== undefined
}

/** A refused answer leaves nothing behind: what it staged is undone, and a partial first body does not hang for ever. */
function protectFirst(response: GuardedResponse, record: ResponseRecord, operation: number | undefined): void {
  const { rare } = record
  if (rare !== undefined && rare.staged.length > 0 && !isHeadSent(response)) {
    const turn = currentTurn()
    const refused = rare.staged.filter((staged) => staged.turn === turn).reverse()
    rare.staged = []
    for (const staged of refused) staged.undo()
  }
  if ((record.bits & RESPONDED) !== 0 || !isHeadSent(response)) return
  // Where only a head is out, whoever comes next may give it its body.
  if (hasBegun(record) && (operation === HEAD || operation === ANSWER)) record.bits |= REFUSED
  armGrace(response, record)
}
