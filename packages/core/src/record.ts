import { executionAsyncId } from 'node:async_hooks'
import { hrtime } from 'node:process'
import type { Guard } from './guard.ts'
import { Stampable } from './stamp.ts'
import { IDLE } from './state.ts'
import type { TracePoint } from './trace.ts'
import type { Action, Violation } from './violation.ts'

// The bits of a record.

/** One operation has taken on the whole answer, even if its bytes are not out yet. */
export const RESPONDED = 1
/** A public call is running: what it calls in turn is no operation of the application. */
export const INSIDE = 2
/** The application took the response over; nothing is judged any more. */
export const DETACHED = 4
/** The application took the answer away from the framework. */
export const HIJACKED = 8
/** A library has put its own `end`, `write` or `writeHead` on the response. */
export const WRAPPED = 16
/** A stream is piped into the response. */
export const PIPING = 32
/** The framework answers later (`res.sendFile`): its own stream is the continuation of that call. */
export const AWAITS_FILE = 64
/** As above, by a template (`res.render`). */
export const AWAITS_VIEW = 128
/** A Content-Length was set by hand: bytes are counted. */
export const MEASURED = 256
/** How the response has ended was told to whoever listens for it. */
export const ENDING_TOLD = 512
/** A `next()` too many was told: what follows from it is not told on top. */
export const EXPLAINED = 2048
/** The body is going out: a further chunk changes nothing. */
export const STREAMING = 4096
/** Control passes on by a handler's own `next`, although somebody has responded. */
export const PASSING = 8192

/** The application destroyed the response before it was ended. */
export const DESTROYED = 32768

/** The response was made while the handler that made it was on the stack: who made it is certain. */
export const IN_RUN = 16384

/** The Content-Length was given to writeHead, where nobody can read it: `length` counts from minus it. */
export const COUNTS_DOWN = 65536

/** `end` is running: http2 hands its chunk to the public `write`. */
export const ENDING = 131072
/** A second answer was refused in part: what follows of it in the same turn is refused too. */
export const REFUSED = 262144
/** A second pipe was told, and goes on all the same. */
export const PIPE_TOLD = 524288

/** The events of the response are looked at. */
export const WATCHED = 2097152

/** The framework answers by itself with what the application has staged: its next `end` or pipe is that answer. */
export const SENDS_STAGED = 1048576

const STATE_SHIFT = 24
const FLAGS = (1 << STATE_SHIFT) - 1

const PENDING = AWAITS_FILE | AWAITS_VIEW

/** A wrapped function that a library has assigned, and what stands in for it. */
export interface Assigned {
  readonly key: string
  readonly outer: (...args: never[]) => unknown
  readonly inner: (...args: never[]) => unknown
  readonly previous: Assigned | undefined
}

/** A stream that is piped into the response. */
export interface Piped {
  readonly source: NodeJS.EventEmitter & PipeSource
  readonly trace: TracePoint | undefined
  readonly at: number
  /** The number of the handler that piped. */
  readonly run: number
  readonly asyncId: number
  /** The framework pipes, for an answer that the application has given. */
  readonly byFramework?: boolean
}

/** What Node's readable streams tell of themselves. */
export interface PipeSource {
  readonly readableEnded?: boolean
  readonly destroyed?: boolean
  readonly errored?: Error | null
}

/** A staged change that may have to be taken back. */
export interface Staged {
  readonly turn: number
  undo(): void
}

/** A Content-Length that was set by hand. */
export interface Declared {
  readonly operation: string
  readonly at: number
  readonly trace: TracePoint
}

const NOTHING_TOLD: readonly string[] = []

/** What only few responses need. */
export class Rare {
  /** Where somebody answered or, until somebody does, sent the headers; where tracing says so. */
  trace: TracePoint | undefined = undefined
  piped: Piped | undefined = undefined
  end: Assigned | undefined = undefined
  write: Assigned | undefined = undefined
  writeHead: Assigned | undefined = undefined
  staged: Staged[] = []
  /** Where the Content-Length was set. */
  declared: Declared | undefined = undefined
  /** How many violations were told. */
  told = 0
  /** What was told of which spots of the application. */
  toldSpots: readonly string[] = NOTHING_TOLD
  /** In which turn an operation was refused or reported, and what was done about it. */
  toldTurn = -1
  toldAsyncId = -1
  toldAction: Action = 'off'
  /** The last call of `next` that was seen, for who let the request run on. */
  passed: { readonly at: number; readonly trace: TracePoint | undefined } | undefined = undefined
  held: Violation | undefined = undefined
  graceTimer: NodeJS.Timeout | undefined = undefined
  /** A library has put Node's functions back while one of its own was running. */
  restored = false
  /** A function of a library's has taken an answer, and Node has not had it yet. */
  isWithheld = false
  cut = false
  /** The error after the response that was told, and what was to be done about it. */
  failure: { readonly error: unknown; readonly action: Action } | undefined = undefined
  /** The handler that responded has passed control on. */
  passedAfter = false
  /** How many handlers have returned a promise that has not settled; counted only where a rule asks for it. */
  running = 0
  /** The framework's own handler that answers because nobody did, maybe later. */
  framework: string | undefined = undefined
  broken = false
  /** What adaptive tracing has counted this response at. */
  armed: object | undefined = undefined
}

/** Microseconds since the process began, as a 32-bit integer that wraps after 71 minutes. */
export function now(): number {
  // `performance.now()` costs 540 instructions, this a fifth of it.
  const [seconds, nanoseconds] = hrtime()
  return (seconds * 1_000_000 + nanoseconds / 1000) | 0
}

/** The asynchronous context, as a 32-bit integer: as it is, it would be a heap number in each record. */
export function currentAsyncId(): number {
  return executionAsyncId() | 0
}

/** Milliseconds between two times of {@link now}. */
export function millisecondsBetween(from: number, to: number): number {
  return ((to - from) | 0) / 1000
}

// Handlers are numbered as they are entered. `runs` holds how many were entered, which of them is on the stack (0: none),
// and which of them responded. The numbers wrap, so that three of them fit into one small integer.
const RUN_BITS = 10
const RUN_MASK = (1 << RUN_BITS) - 1

/** A handler is called. Returns what {@link leaveRun} wants to have when it has returned. */
export function enterRun(record: ResponseRecord): number {
  const { runs } = record
  const entered = (runs + 1) & RUN_MASK || 1
  record.runs = (runs & ~((RUN_MASK << RUN_BITS) | RUN_MASK)) | (entered << RUN_BITS) | entered
  return runs & (RUN_MASK << RUN_BITS)
}

/** The handler has returned; what it has left behind may still go on. */
export function leaveRun(record: ResponseRecord, before: number): void {
  record.runs = (record.runs & ~(RUN_MASK << RUN_BITS)) | before
}

/** A handler that was entered before goes on, such as one that awaited. Returns what {@link leaveRun} wants to have. */
export function resumeRun(record: ResponseRecord, run: number): number {
  const { runs } = record
  record.runs = (runs & ~(RUN_MASK << RUN_BITS)) | (run << RUN_BITS)
  return runs & (RUN_MASK << RUN_BITS)
}

/** Whether the handler on the stack is another one than the one that responded, such as a hook of its answer. */
export function inOtherRun(record: ResponseRecord): boolean {
  const onStack = (record.runs >>> RUN_BITS) & RUN_MASK
  return onStack !== 0 && onStack !== respondedRun(record)
}

/** The number of the handler on the stack or, where there is none, of the one that was entered last. */
export function currentRun({ runs }: ResponseRecord): number {
  return (runs >>> RUN_BITS) & RUN_MASK || runs & RUN_MASK
}

/** The number of the handler that responded. */
export function respondedRun({ runs }: ResponseRecord): number {
  return runs >>> (2 * RUN_BITS)
}

/** The handler with this number has responded. */
export function setRespondedRun(record: ResponseRecord, run: number): void {
  const low = (1 << (2 * RUN_BITS)) - 1
  if (((record.runs >>> RUN_BITS) & RUN_MASK) === run) record.bits |= IN_RUN
  else record.bits &= ~IN_RUN
  record.runs = (record.runs & low) | (run << (2 * RUN_BITS))
}

/** All that is kept of one response. One small object; the fields' order and number are measured. */
export class ResponseRecord {
  readonly guard: Guard
  /** The bits above, and the state in the two above them. */
  bits: number = IDLE << STATE_SHIFT
  /** For responses whose `statusCode` is an accessor of ours. */
  status = 200
  statusMessage: string | undefined = undefined
  readonly arrivedAt: number
  /** Who answered or, until somebody does, who sent the headers. */
  operation: string | undefined = undefined
  operationAt: number
  rare: Rare | undefined = undefined
  /** The adapter's: what runs now, from which the route is found. */
  layer: unknown = undefined
  /** Which handlers have run, and which of them responded: three numbers in one, see {@link enterRun}. */
  runs = 0
  /** In which asynchronous context the request arrived and, later, in which somebody responded. */
  asyncId: number = currentAsyncId()
  /** How many bytes of the body were handed over; counted only where a Content-Length was set by hand. */
  length = 0

  constructor(guard: Guard) {
    this.guard = guard
    const at = now()
    this.arrivedAt = at
    this.operationAt = at
  }

  get state(): number {
    return this.bits >>> STATE_SHIFT
  }

  set state(state: number) {
    this.bits = (this.bits & FLAGS) | (state << STATE_SHIFT)
  }

  /** Where the {@link operation} was; where tracing says so. */
  get trace(): TracePoint | undefined {
    return this.rare?.trace
  }

  set trace(trace: TracePoint | undefined) {
    if (trace !== undefined) this.rarely().trace = trace
    else if (this.rare !== undefined) this.rare.trace = undefined
  }

  /** Made when first needed. */
  rarely(): Rare {
    this.rare ??= new Rare()
    return this.rare
  }

  isPending(): boolean {
    return (this.bits & PENDING) !== 0
  }
}

/** Hangs the record on the response as a private field. */
class Stamp extends Stampable {
  #record: ResponseRecord

  constructor(response: object, record: ResponseRecord) {
    super(response)
    this.#record = record
  }

  static read(response: object): ResponseRecord | undefined {
    return #record in response ? (response as Stamp).#record : undefined
  }

  static readOwn(response: object): ResponseRecord | undefined {
    return #record in response ? (response as Stamp).#record : undefined
  }
}

/** The record of a response; undefined where it is not guarded. */
export const recordOf: (response: object) => ResponseRecord | undefined = Stamp.read

/**
 * The same for members of a guarded response, and nobody else: V8 only compiles `#record in response` to nothing where
 * it has never seen a response without one. A miss anywhere costs 220 instructions at every call from then on.
 */
export const ownRecordOf: (response: object) => ResponseRecord | undefined = Stamp.readOwn

/** Hangs a record on a response. @throws {TypeError} where it has one. */
export function hangRecord(response: object, record: ResponseRecord): void {
  new Stamp(response, record)
}
