import { beginningOf, type Frame, siteOf } from './frame.ts'
import { isReturn, type Moment } from './moment.ts'
import { isArgument, isChained, isInCatchOf } from './source.ts'
import { FIRST_DEPTH } from './trace.ts'
import type { CallSite, Cause, ViolationKind } from './violation.ts'

/** What the guard knows about a violation. */
export interface Evidence {
  readonly kind: ViolationKind
  readonly first: Moment | undefined
  readonly second: Moment | undefined
  /** The client had gone when the second operation came. */
  readonly gone: boolean
  /** A handler has not ended yet. */
  readonly running: boolean
  /** Control was seen to pass to a later handler after the first operation. */
  readonly passedOn: boolean
  /** What the framework's own flow of control shows. */
  readonly flow: Cause | undefined
  /** The handler that has responded is the one that runs. */
  readonly sameRun: boolean
  /** A frame of the framework's router: what is inside of it is one run of one handler. */
  isRouter(frame: Frame): boolean
}

/** The frames of the innermost handler run: from the first application frame to the router that called the handler. */
function runOf(frames: readonly Frame[], isRouter: (frame: Frame) => boolean): readonly Frame[] {
  const start = frames.findIndex(({ owner }) => owner === 'application')
  if (start === -1) return []
  const length = frames.slice(start).findIndex(isRouter)
  return frames.slice(start, length === -1 ? undefined : start + length)
}

/** Whether two frames are at one place. */
export function isSamePlace(a: Frame | undefined, b: Frame | undefined): boolean {
  return a !== undefined && b !== undefined && a.file === b.file && a.line === b.line && a.column === b.column
}

/** Whether two frames are of one function, as far as they say. */
export function isSameFunction(a: Frame, b: Frame): boolean {
  if (a.functionKey !== undefined && b.functionKey !== undefined) return a.functionKey === b.functionKey
  // An error's own stack says no more than names.
  const [left, right] = [nameOf(a), nameOf(b)]
  return a.file === b.file && (left === right || left.endsWith(`.${right}`) || right.endsWith(`.${left}`))
}

function nameOf({ functionName = '' }: Frame): string {
  return functionName
    .replace(/^new /, '')
    .replace(/ \[as .*\]$/, '')
    .replace(/^(.*\.)?<(anonymous|unknown)>$/, '')
}

/** What runs microtasks; of a stack that ends here, nobody knows in which turn it was begun. */
const MICROTASKS = /(processTicksAndRejections|runNextTicks|runMicrotasks)$/

/** How one function invocation reached both operations. */
type Order = 'earlier-later' | 'same-place' | 'later-earlier'

function orderOf(a: Frame, b: Frame): Order {
  if (isSamePlace(a, b)) return 'same-place'
  return a.line < b.line || (a.line === b.line && a.column < b.column) ? 'earlier-later' : 'later-earlier'
}

const applicationFrames = (frames: readonly Frame[]) => frames.filter(({ owner }) => owner === 'application')

/** Where the invocation that reached both operations was at the first one, and in which order it reached them. */
interface Parting {
  readonly order: Order
  readonly here?: Frame
}

const SAME_PLACE: Parting = { order: 'same-place' }

/** Two stacks of one turn: walk inwards from the handler to where they part. */
function partInOneTurn(first: readonly Frame[], second: readonly Frame[]): Parting | undefined {
  const a = applicationFrames(first).reverse()
  const b = applicationFrames(second).reverse()
  for (let depth = 0; depth < Math.min(a.length, b.length); depth++) {
    const [left, right] = [a[depth] as Frame, b[depth] as Frame]
    if (!isSameFunction(left, right)) {
      // A function that awaits at one place has called neither: what it awaits has reached both.
      return depth === 0 || a[depth - 1]?.isAsync === true ? undefined : SAME_PLACE
    }
    if (!isSamePlace(left, right)) return { order: orderOf(left, right), here: left }
  }
  // One is a prefix of the other: the frame where they part reached both at one place.
  return a.length === 0 || b.length === 0 ? undefined : SAME_PLACE
}

/** Whether a frame of a stack was called by Node anew: from a timer, an event, a native callback. */
function calledAfresh(frames: readonly Frame[], frame: Frame): boolean {
  if (frame.isAsync) return false
  const below = frames.slice(frames.indexOf(frame) + 1).find(({ isAsync }) => !isAsync)
  // The guard calls handlers in the framework's place.
  if (below === undefined || below.owner === 'guard') return false
  if (below.owner !== 'node') return true
  // A generator is resumed as an async function is.
  return !MICROTASKS.test(below.functionName ?? '') && !/^(Generator\.)?(next|throw)$/.test(below.functionName ?? '')
}

/**
 * Two stacks of different turns: the function that was resumed by an `await` in between, and has not been called anew. Where
 * one was called anew by the application, that caller tells: a helper that every answer goes through is no loop.
 */
function partAcrossTurns(first: readonly Frame[], second: readonly Frame[]): Parting | undefined {
  let parting: Parting | undefined
  for (const right of applicationFrames(second)) {
    const left = applicationFrames(first).find((frame) => isSameFunction(frame, right))
    if (left?.isAsync && right.isAsync && isSamePlace(left, right)) return undefined
    if (left !== undefined && !calledAfresh(second, right)) return { order: orderOf(left, right), here: left }
    parting = isSamePlace(left, right) ? SAME_PLACE : undefined
  }
  return parting
}

const STREAM_PATHS = /(emitErrorNT|emitErrorCloseNT|errorOrDestroy|endReadableNT|emitCloseNT|onend|finishImpl)$/

/** Whether a stream's error or end has called this handler run: what it had called further out is no path of its. */
function fromStream(run: readonly Frame[]): boolean {
  return run.some(
    ({ owner, file, functionName }) => owner === 'node' && /stream/.test(file) && STREAM_PATHS.test(functionName ?? ''),
  )
}

/** Whether Node's own 'timeout' event a timer of the framework's own, or a timeout middleware led here. A timer alone proves nothing. */
function fromTimeout(frames: readonly Frame[], isRouter: Evidence['isRouter']): boolean {
  const isTimeout = ({ owner, methodName, functionName }: Frame) =>
    owner === 'node' && (methodName === '_onTimeout' || /(socketOnTimeout|_onTimeout)$/.test(functionName ?? ''))
  if (frames.some(isTimeout)) return true
  const timer = frames.findIndex(({ owner, functionName }) => owner === 'node' && functionName === 'listOnTimeout')
  const fired = frames[timer - 1]
  if (fired !== undefined && isRouter(fired)) return true
  const last = frames.findLastIndex(({ packageName }) => /timeout/.test(packageName ?? ''))
  // On its way in it is called by a router; when it fires, by nobody.
  return last !== -1 && !frames.slice(last).some(isRouter)
}

const TIMEOUT_STATUS: ReadonlySet<number | undefined> = new Set([408, 503, 504])

/** The kinds that say of themselves that the second place belongs to a failing body, where a `return` mends nothing. */
const BODY_KINDS: ReadonlySet<ViolationKind> = new Set(['truncated-response', 'length-mismatch', 'body-not-allowed'])

interface Relation {
  readonly order: Order | undefined
  readonly here: Frame | undefined
  readonly oneTurn: boolean
  /** The order of both turns is known. */
  readonly timed: boolean
}

function relate(first: Moment, second: Moment, isRouter: Evidence['isRouter']): Relation {
  const timed = first.trace !== undefined && second.trace !== undefined
  const oneTurn = timed && isOneTurn(first, second)
  const [a, b] = [runOf(first.frames, isRouter), runOf(second.frames, isRouter)]
  const parting = a.length === 0 || b.length === 0 ? undefined : oneTurn ? partInOneTurn(a, b) : partAcrossTurns(a, b)
  return { order: parting?.order, here: parting?.here, oneTurn, timed }
}

/** The frames of a stack that no microtask began; one that is cut off is taken for such. */
function hasRoot(frames: readonly Frame[]): boolean {
  if (frames.length >= FIRST_DEPTH) return true
  return frames.some(
    ({ owner, isAsync, functionName }) => owner === 'node' && !isAsync && !MICROTASKS.test(functionName ?? ''),
  )
}

/** Whether both were made in one run to completion. All microtasks share one asynchronous id. */
function isOneTurn(first: Moment, second: Moment): boolean {
  const [a, b] = [first.trace, second.trace]
  if (a?.turn !== b?.turn || a?.asyncId !== b?.asyncId) return false
  const shared = first.frames.at(-1)
  return (
    (hasRoot(first.frames) && hasRoot(second.frames)) ||
    second.frames.some((frame) => shared !== undefined && isSameFunction(frame, shared))
  )
}

/** How many callers are looked at in the source. */
const MAX_CALLERS = 6

/** Whether the second stands in a catch, or was called from there, whose try holds the first, or called it. */
function isOnErrorPath(first: Moment, second: Moment, isRouter: Evidence['isRouter']): boolean {
  const tried = applicationFrames(runOf(first.frames, isRouter)).slice(0, MAX_CALLERS)
  const caught = applicationFrames(runOf(second.frames, isRouter)).slice(0, MAX_CALLERS)
  return caught.some((there) => tried.some((here) => here.file === there.file && isInCatchOf(here, there)))
}

/** Whether the function that made the second operation is one that had called down to the first through the router. */
function isOuterMiddleware(first: Moment, second: Moment, isRouter: Evidence['isRouter']): boolean {
  const inner = runOf(first.frames, isRouter)
  const outer = applicationFrames(runOf(second.frames, isRouter)).at(-1)
  return outer !== undefined && first.frames.some((frame) => !inner.includes(frame) && isSameFunction(frame, outer))
}

/** Whether what control was passed on to made the second operation. One that passes control on is no later handler's. */
function isLaterHandler({ kind, passedOn, isRouter }: Evidence, first: Moment, second: Moment): boolean {
  return passedOn && kind !== 'next-after-response' && !isOuterMiddleware(first, second, isRouter)
}

/** A handler ended, or returned a value, after somebody had answered: the handler itself, or a timeout. */
function causeOfReturn({ kind, sameRun, isRouter }: Evidence, first: Moment, second: Moment): Cause {
  if (fromTimeout(first.frames, isRouter)) return 'timeout'
  const last = runOf(first.frames, isRouter).findLast(({ owner }) => owner === 'application')
  if (!sameRun || (last !== undefined && calledAfresh(first.frames, last))) {
    return TIMEOUT_STATUS.has(first.statusCode) ? 'timeout' : 'unknown'
  }
  return kind === 'double-response' && second.operation === 'return' ? 'send-and-return' : 'missing-return'
}

function causeOfPair(
  evidence: Evidence,
  first: Moment,
  second: Moment,
  places: readonly [CallSite, CallSite] | undefined,
): Cause {
  // What a pipe delivers later stands before what has overtaken it.
  if (second.delivered === true) return 'unknown'
  if (first.operation === 'handlerTimeout') return 'timeout'
  const { isRouter } = evidence
  if (isReturn(second)) return causeOfReturn(evidence, first, second)
  const { order, oneTurn, timed } = relate(first, second, isRouter)
  const late = evidence.kind === 'late-header' || evidence.kind === 'late-status'
  if (order === 'same-place') return 'loop'
  if (oneTurn && order === 'later-earlier') return places && isArgument(...places) ? 'unknown' : 'loop'
  if (!oneTurn && fromStream(runOf(second.frames, isRouter))) return 'stream'
  if (places && isChained(...places)) return 'chained-send'
  if (isOnErrorPath(first, second, isRouter)) return 'duplicate-catch'
  if (order === undefined && isLaterHandler(evidence, first, second)) return 'next-after-send'
  if (order === 'earlier-later') return 'missing-return'
  if (late && isOuterMiddleware(first, second, isRouter)) return 'middleware-order'
  if (fromTimeout(first.frames, isRouter)) return 'timeout'
  if (evidence.flow !== undefined) return evidence.flow
  if (!timed || oneTurn) return 'unknown'
  if (TIMEOUT_STATUS.has(first.statusCode)) return 'timeout'
  return second.frames.some(({ owner }) => owner === 'application') ? 'late-callback' : 'unknown'
}

/** The likely cause, from facts; `unknown` where none is certain. */
export function diagnose(evidence: Evidence): Cause {
  const { kind, first, second, gone, isRouter } = evidence
  if (gone) return 'disconnected-client'
  if (kind === 'no-response') return evidence.running ? 'unknown' : 'forgotten-response'
  if (second === undefined) return 'unknown'
  const streamed = second.streamed === true || fromStream(runOf(second.frames, isRouter))
  if (BODY_KINDS.has(kind) || first === undefined) return streamed ? 'stream' : 'unknown'
  const [a, b] = [siteOf(first.frames), siteOf(second.frames)]
  return causeOfPair(evidence, first, second, a && b ? [a, b] : undefined)
}

/** Where the function that reached both operations called what made the first; undefined where it made it itself. */
export function partingOf({ first, second, isRouter }: Evidence): CallSite | undefined {
  if (first === undefined || second === undefined) return undefined
  const { here } = relate(first, second, isRouter)
  if (here === undefined || isSamePlace(here, applicationFrames(first.frames)[0])) return undefined
  return siteOf([here])
}

/** A value that is returned has no call: its place is the handler, which is known where it has made the first operation too. */
export function placedReturn({ first, second, sameRun, isRouter }: Evidence): Moment | undefined {
  if (first === undefined || second === undefined || !sameRun || !isReturn(second)) return second
  const handler = applicationFrames(runOf(first.frames, isRouter)).at(-1)
  return handler === undefined ? second : { ...second, site: beginningOf(handler) }
}
