import { armGrace } from './body.ts'
import { type GuardedResponse, isGone } from './host.ts'
import type { Attempt } from './judge.ts'
import { lookAround, secondMoment } from './moment.ts'
import { EXPLAINED, PIPING, type PipeSource, RESPONDED, type ResponseRecord } from './record.ts'
import { FINISHED, INFORM, OPERATIONS, type ResponseState, WRITE } from './state.ts'
import { currentTurn, type Trace } from './trace.ts'
import { BREACHES, ResponseViolationError, type ViolationKind } from './violation.ts'

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
  const trace = lookAround()
  const { method, by } = judge.callerOf(trace.frames)
  const gone = isGone(response, record)
  const state = judge.stateOf(response, record)
  const kind = gone ? 'response-after-close' : kindOf(operation, state)
  const sameMistake = rare?.toldTurn === trace.turn && rare.toldAsyncId === trace.asyncId
  if (sameMistake || by === 'framework' || (record.bits & EXPLAINED) !== 0) return inSilence(response, record, kind)
  const first = judge.firstOf(response, record)
  const second = secondMoment(record, method ?? name, trace, by === 'node')
  const attempt = judge.attempt(response, record, { kind, first, second, gone, state })
  if (attempt === undefined) return true
  if (isHeld(attempt, operation)) {
    judge.hold(response, record, attempt)
    return attempt.action === 'report'
  }
  return act(response, record, attempt, trace)
}

/** A late status or header may be the beginning of a second answer: it waits for the end of its turn. */
function isHeld({ kind, action }: Attempt, operation: number): boolean {
  if (kind === 'late-status') return true
  return kind === 'late-header' && (action === 'suppress' || (action === 'report' && operation === INFORM))
}

function act(response: GuardedResponse, record: ResponseRecord, attempt: Attempt, trace: Trace): boolean {
  const { judge } = record.guard
  const action = attempt.action === 'throw' && !judge.hasCaller(trace.frames) ? 'report' : attempt.action
  const violation = judge.tell(response, record, { ...attempt, action }, trace)
  if (action === 'report') return true
  protectFirst(response, record)
  if (action === 'suppress') return false
  throw new ResponseViolationError(violation, response.headersSent ? nativeError(attempt.kind) : undefined)
}

/** A consequence, or the rest of a mistake that was told: its rule's action applies, and nothing is told. */
function inSilence(response: GuardedResponse, record: ResponseRecord, kind: ViolationKind): boolean {
  const action = record.guard.judge.policy.decide(kind, 'unknown')
  if (action === 'off' || action === 'report') return true
  protectFirst(response, record)
  if (action === 'suppress' || kind === 'late-status') return false
  throw nativeError(kind) ?? new Error(kind)
}

/** A refused answer leaves nothing behind: what it staged is undone, and a partial first body does not hang for ever. */
function protectFirst(response: GuardedResponse, record: ResponseRecord): void {
  const { rare } = record
  if (rare !== undefined && rare.staged.length > 0) {
    const turn = currentTurn()
    const refused = rare.staged.filter((staged) => staged.turn === turn).reverse()
    rare.staged = []
    for (const staged of refused) staged.undo()
  }
  if ((record.bits & RESPONDED) === 0 && response.headersSent) armGrace(response, record)
}
