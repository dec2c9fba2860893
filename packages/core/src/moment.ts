import { callerOf } from './caller.ts'
import { type Frame, framesOfError, siteOf } from './frame.ts'
import { millisecondsBetween, now, type ResponseRecord } from './record.ts'
import { Trace, type TracePoint } from './trace.ts'
import type { CallSite, OperationRecord } from './violation.ts'

/** How deep the stack is read where a violation is looked at. */
const SECOND_DEPTH = 60

/** One operation, as far as it is known. */
export interface Moment {
  readonly operation: string
  /** Microseconds since the process began, as a wrapping 32-bit number. */
  readonly at: number
  readonly statusCode?: number
  /** When and from where; undefined where the response was not traced. */
  readonly trace?: Pick<TracePoint, 'asyncId' | 'turn'> | undefined
  /** Made by a pipe, in a later turn than the call that its frames are of. */
  readonly delivered?: boolean
  /** A stream led here. */
  readonly streamed?: boolean
  /** Innermost first; empty where it is not known. */
  readonly frames: readonly Frame[]
  /** Where it was, as near as is known, if no frame says so. */
  readonly site?: CallSite | undefined
}

/** Whether this is the end of a handler: `return` with a value, or `return undefined`. */
export function isReturn({ operation }: Moment): boolean {
  return operation === 'return' || operation === 'return undefined'
}

/** A moment that is now. */
export function momentOf(operation: string, trace: TracePoint, frames: readonly Frame[] = trace.frames): Moment {
  return { operation, at: now(), trace, frames }
}

/** A moment as it is told. */
export function operationOf(
  record: ResponseRecord,
  { operation, at, statusCode, frames, ...moment }: Moment,
): OperationRecord {
  const atMs = millisecondsBetween(record.arrivedAt, at)
  const site = siteOf(frames) ?? moment.site
  return statusCode === undefined ? { operation, site, atMs } : { operation, site, atMs, statusCode }
}

/** The stack where a violation is looked at. */
export function lookAround(record: ResponseRecord): Trace {
  return new Trace(SECOND_DEPTH, record.guard.judge.isWrapper)
}

/** The place of an error is where it was thrown; where its stack has none of ours, the line that passed it on. */
export function failureMoment(record: ResponseRecord, error: unknown): Moment {
  const { judge } = record.guard
  const trace = lookAround(record)
  const frames = framesOfError(error, judge.isWrapper)
  const operation = callerOf(judge.host, trace.frames).by === 'application' ? (judge.host.nextName ?? 'next') : 'throw'
  return momentOf(operation, trace, siteOf(frames) === undefined ? trace.frames : frames)
}

/** What writes for a pipe has no frame of the application: its place is the line that piped. */
export function secondMoment(record: ResponseRecord, operation: string, trace: Trace, byNode: boolean): Moment {
  const piped = record.rare?.piped
  if (!byNode || piped === undefined || siteOf(trace.frames) !== undefined) return momentOf(operation, trace)
  return { ...momentOf('pipe', trace, piped.trace?.frames ?? trace.frames), delivered: true }
}
