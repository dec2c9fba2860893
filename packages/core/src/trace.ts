import { executionAsyncId } from 'node:async_hooks'
import { type Frame, frameOf, framesOfError, framesOfText, type IsWrapper } from './frame.ts'

/** How deep a stack is read where something is captured in advance. */
export const FIRST_DEPTH = 30

let turn = 0
let turnEnds = false

/** A number that changes from one turn of the event loop to the next; only asked where something is captured. */
export function currentTurn(): number {
  if (!turnEnds) {
    turnEnds = true
    // Not unref'ed: the event loop would wait for the next event first, and take it for this turn.
    setImmediate(() => {
      turn++
      turnEnds = false
    })
  }
  return turn
}

/** A moment that was captured: when, and from where. */
export interface TracePoint {
  readonly asyncId: number
  readonly turn: number
  /** Innermost first. */
  readonly frames: readonly Frame[]
}

/** The stack at one moment, formatted only when it is read. */
export class Trace implements TracePoint {
  declare private readonly stack: unknown
  readonly asyncId: number = executionAsyncId()
  readonly turn: number = currentTurn()
  readonly #isWrapper: IsWrapper
  #frames: readonly Frame[] | undefined

  constructor(limit: number, isWrapper: IsWrapper) {
    this.#isWrapper = isWrapper
    const before = Error.stackTraceLimit
    try {
      Error.stackTraceLimit = limit
    } catch {
      // A frozen Error keeps its own limit.
    }
    Error.captureStackTrace(this, Trace)
    try {
      Error.stackTraceLimit = before
    } catch {
      // As above.
    }
  }

  /** Innermost first. */
  get frames(): readonly Frame[] {
    this.#frames ??= this.#format()
    return this.#frames
  }

  #format(): readonly Frame[] {
    const prepare = Error.prepareStackTrace
    let sites: readonly NodeJS.CallSite[] | undefined
    let stack: unknown
    try {
      Error.prepareStackTrace = (_error, captured) => {
        sites = captured
        return ''
      }
      stack = this.stack
    } catch {
      // A frozen Error: its stacks are what it makes of them.
      stack = readStack(this)
    } finally {
      if (Error.prepareStackTrace !== prepare) Error.prepareStackTrace = prepare
    }
    if (typeof stack === 'string' && sites === undefined) return framesOfText(stack, this.#isWrapper)
    if (Array.isArray(stack)) sites ??= stack as NodeJS.CallSite[]
    return (sites ?? []).map((site) => frameOf(site, prepare, this.#isWrapper))
  }
}

function readStack(trace: object): unknown {
  try {
    return (trace as { stack?: unknown }).stack
  } catch {
    return undefined
  }
}

/** The place where an error was raised, which it knows by itself; read only when somebody asks for it. */
export class ErrorTrace implements TracePoint {
  readonly asyncId: number = executionAsyncId()
  readonly turn: number = currentTurn()
  readonly #error: unknown
  readonly #isWrapper: IsWrapper

  constructor(error: unknown, isWrapper: IsWrapper) {
    this.#error = error
    this.#isWrapper = isWrapper
  }

  get frames(): readonly Frame[] {
    return framesOfError(this.#error, this.#isWrapper)
  }
}
