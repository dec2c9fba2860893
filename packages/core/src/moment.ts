import { now, type ResponseRecord } from './record.ts'
import { type Frame, framesOfError, siteOf, Trace, type TracePoint } from './trace.ts'

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
}

/** Whether this is the end of a handler: `return` with a value, or `return undefined`. */
export function isReturn({ operation }: Moment): boolean {
  return operation === 'return' || operation === 'return undefined'
}

/** A moment that is now. */
export function momentOf(operation: string, trace: Trace, frames: readonly Frame[] = trace.frames): Moment {
  return { operation, at: now(), trace, frames }
}

/** The stack where a violation is looked at. */
export function lookAround(): Trace {
  return new Trace(SECOND_DEPTH)
}

/** The place of an error is where it was thrown; where its stack has none of ours, the line that passed it on. */
export function failureMoment(record: ResponseRecord, error: unknown): Moment {
  const trace = lookAround()
  const frames = framesOfError(error)
  const { judge } = record.guard
  const operation = judge.callerOf(trace.frames).by === 'application' ? (judge.host.nextName ?? 'next') : 'throw'
  return momentOf(operation, trace, siteOf(frames) === undefined ? trace.frames : frames)
}

/** What writes for a pipe has no frame of the application: its place is the line that piped. */
export function secondMoment(record: ResponseRecord, operation: string, trace: Trace, byNode: boolean): Moment {
  const piped = record.rare?.piped
  if (!byNode || piped === undefined || siteOf(trace.frames) !== undefined) return momentOf(operation, trace)
  return { ...momentOf('pipe', trace, piped.trace?.frames ?? trace.frames), delivered: true }
}
