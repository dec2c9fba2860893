import type { Frame } from './frame.ts'
import type { Moment } from './moment.ts'
import { DESTROYED, type ResponseRecord } from './record.ts'
import type { TracePoint } from './trace.ts'
import type { Cause, Framework, Violation } from './violation.ts'

interface Http2Stream {
  readonly destroyed: boolean
  readonly aborted: boolean
  readonly writableFinished: boolean
  readonly endAfterHeaders?: boolean
  close(code: number): void
}

/** What core must know of a response. `http.ServerResponse` and `http2.Http2ServerResponse` have it. */
export interface GuardedResponse {
  readonly headersSent: boolean
  readonly writableEnded: boolean
  /** Node's http; its http2 has it on the stream. */
  readonly writableFinished?: boolean
  readonly destroyed?: boolean
  /** Node's http, like the one before. */
  readonly closed?: boolean
  readonly statusCode: number
  readonly req: {
    readonly method?: string
    readonly complete?: boolean
    readonly destroyed?: boolean
    readonly upgrade?: boolean
  }
  /** See {@link http2StreamOf}. */
  readonly stream?: Http2Stream | undefined
  readonly socket: { readonly destroyed: boolean; readonly bytesWritten: number; resetAndDestroy?(): void } | null
  readonly chunkedEncoding?: boolean
  hasHeader(name: string): boolean
  destroy(error?: Error): unknown
}

/** What the application has staged for the framework to send. */
export interface StagedAnswer {
  readonly operation: string
  /** Where it was staged, if that was captured. */
  readonly trace: TracePoint | undefined
  /** When it was staged; left out where nobody looked at the clock. */
  readonly at?: number
}

/** What a framework calls what hints speak of. */
export interface Words {
  /** Says whether an answer is out. */
  readonly sent: string
  /** Sets the status and answers nothing. */
  readonly status: string
  /** Where headers can still be set when they are about to go out. */
  readonly lastly: string
  /** What a handler that answers nothing does instead; undefined where there is nothing else to do. */
  readonly passes: string | undefined
}

/** What an adapter tells core of its framework. */
export interface Host {
  readonly framework: Framework
  /** The route pattern of what runs now, mount paths included; undefined where none matched. */
  routeOf(response: GuardedResponse, record: ResponseRecord): string | undefined
  /** Where an operation could be captured: equal for requests that take the same way. */
  placeOf(response: GuardedResponse, record: ResponseRecord): unknown
  /** Another such place: a middleware may have answered, and the route come too late. */
  secondPlaceOf?(record: ResponseRecord): unknown
  /** A frame of the framework that calls handlers, or answers by itself. */
  isFramework(frame: Frame): boolean
  /** The public name of a response method of the framework (`res.set`), where the frame is one. */
  methodOf(frame: Frame): string | undefined
  /** Whether a function of somebody else's stands over the guard's member of this name: then it is what the application calls. */
  isCovered?(response: GuardedResponse, name: string): boolean
  /** What a framework that answers by itself answers with; asked when it does. */
  stagedAnswer?(record: ResponseRecord): StagedAnswer
  /** A cause that only the framework's own flow of control shows; asked when a violation is looked at. */
  causeOf?(record: ResponseRecord, first: Moment): Cause | undefined
  /** The name of the handler that was called last, where it has one; asked when nobody has answered. */
  handlerOf?(record: ResponseRecord): string | undefined
  /** What the framework calls a handler's function that passes control on; `next` where it is not said. */
  readonly nextName?: string
  /** How hints speak of the framework; what is left out is said in Node's words. */
  readonly words?: Partial<Words>
  /** A frame of the framework that writes an answer which the application has handed to it; where that may be later. */
  writesLater?(frame: Frame): boolean
  /** Where the framework logs what concerns this request. */
  log?(record: ResponseRecord): ((violation: Violation) => void) | undefined
}

/** Whether a response is one of Node's `http2` compatibility API. */
export function isHttp2(response: object): boolean {
  return 'createPushResponse' in response
}

/** The stream of an HTTP/2 response; an application may put a `stream` of its own on one of Node's http. */
export function http2StreamOf(response: GuardedResponse): Http2Stream | undefined {
  return isHttp2(response) ? response.stream : undefined
}

/**
 * Whether the header block is out. A library may put a `headersSent` of its own on the response, to say that somebody
 * has taken on the answer; Node's http keeps what it has sent.
 */
export function isHeadSent(response: GuardedResponse): boolean {
  const header = (response as { _header?: unknown })._header
  return typeof header === 'string' || (header !== null && response.headersSent)
}

/** Whether nothing of an answer has got to Node: neither its head nor its end. */
export function isUnsent(response: GuardedResponse): boolean {
  return !isHeadSent(response) && !response.writableEnded
}

/** The connection was lost before the response ended or, where a record is given, was handed over whole. */
export function isGone(response: GuardedResponse, record?: ResponseRecord): boolean {
  if (record !== undefined && (record.bits & DESTROYED) !== 0) return true
  // Express's responses are slow objects: reading all that tells an outcome takes 5 µs.
  const { destroyed } = response
  // A socket that fails says so, and whoever listens there goes on, before Node lets the response know.
  if (destroyed === false) return record !== undefined && response.socket?.destroyed === true
  if (record !== undefined && outcomeOf(response) === 'aborted') return true
  return (destroyed ?? http2StreamOf(response)?.destroyed ?? false) && !response.writableEnded
}

/**
 * How a response has ended; undefined while it has not. It is read off Node when somebody asks: to listen for it would be
 * a quarter of the whole guard. Node lets go of the socket where it emits 'finish'.
 */
export function outcomeOf(response: GuardedResponse): 'completed' | 'aborted' | undefined {
  const stream = http2StreamOf(response)
  if (stream !== undefined) {
    if (stream.aborted || (stream.destroyed && !stream.writableFinished)) return 'aborted'
    return stream.writableFinished ? 'completed' : undefined
  }
  const { socket, writableEnded } = response
  if (response.destroyed === true && !writableEnded) return 'aborted'
  if (response.closed === true && socket?.destroyed === true) return 'aborted'
  const isHandedOver = response.writableFinished === true && (socket === null || response.destroyed === true)
  return isHandedOver ? 'completed' : undefined
}

/** The status on the wire where it is out: a late assignment may have changed the property since. */
export function wireStatus(response: GuardedResponse): number {
  const header = (response as { _header?: unknown })._header
  const sent = typeof header === 'string' ? /^HTTP\/1\.\d (\d{3})/.exec(header)?.[1] : undefined
  return sent === undefined ? response.statusCode : Number(sent)
}
