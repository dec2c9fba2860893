import { errorMonitor } from 'node:events'
import { sourceFailed } from './body.ts'
import { outcomeOf } from './host.ts'
import { DETACHED, ownRecordOf, type PipeSource, type ResponseRecord, WATCHED } from './record.ts'
import { type Below, disguise, type Method, type NodeResponse } from './response.ts'

// Events of the response are looked at only where there is something to see: a member `emit` would be called four times
// for each response, and keep V8 from calling Node's own directly.

/**
 * What pipes adds its listeners before it says so by an event: `unpipe` is added by Node's streams, `drain` by those that
 * are not Node's.
 */
export function onMember(below: Below): Method {
  return function (this: NodeResponse, event: never, listener: never): unknown {
    if (event === 'unpipe' || event === 'drain') watchEvents(this)
    return below.base.on.call(this, event, listener)
  }
}

/** Looks at this response's events from now on. Its `emit` is as invisible as a property of its own can be. */
export function watchEvents(response: NodeResponse): void {
  const record = ownRecordOf(response)
  if (record === undefined || (record.bits & (WATCHED | DETACHED)) !== 0) return
  record.bits |= WATCHED
  const emit: Method = response.emit
  const value: Method = function (event, subject) {
    if ((record.bits & DETACHED) === 0 && !follow(response, record, event, subject)) return true
    return Reflect.apply(emit, this, arguments)
  }
  Object.defineProperty(response, 'emit', { configurable: true, writable: true, value: disguise(value, emit) })
}

/** Follows an event. Returns false where it must not be emitted. */
function follow(response: NodeResponse, record: ResponseRecord, event: string, subject: never): boolean {
  if (event === 'pipe') return followPipe(response, record, subject)
  if (event === 'unpipe') record.guard.unpipe(record, subject)
  // Node's http2 emits 'finish' also when the client has gone.
  else if (event === 'finish') record.guard.ended(response, record, outcomeOf(response) !== 'aborted')
  else if (event === 'close') record.guard.ended(response, record, false)
  return true
}

type Source = NodeJS.EventEmitter & PipeSource & { unpipe?(destination: object): unknown }

/** Sees a pipe begin. Returns false where it was refused, and taken off again. */
function followPipe(response: NodeResponse, record: ResponseRecord, source: Source): boolean {
  let allowed = false
  try {
    allowed = record.guard.pipe(response, record, source)
  } finally {
    if (!allowed) source.unpipe?.(response)
  }
  if (allowed) watchSource(response, record, source)
  return allowed
}

/** A source that fails, or goes without ending, leaves the body incomplete. */
function watchSource(response: NodeResponse, record: ResponseRecord, source: Source): void {
  source.on(errorMonitor, (error: unknown) => sourceFailed(response, record, error))
  source.once('close', () => {
    if (source.readableEnded === false && record.rare?.piped?.source === source) {
      sourceFailed(response, record, source.errored)
    }
  })
}
