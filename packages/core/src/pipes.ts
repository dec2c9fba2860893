import { errorMonitor } from 'node:events'
import { sourceFailed } from './body.ts'
import type { GuardedResponse } from './host.ts'
import type { PipeSource, ResponseRecord } from './record.ts'

type Source = NodeJS.EventEmitter & PipeSource & { unpipe?(destination: object): unknown }

/** Sees a pipe begin. Returns false where it was refused, and taken off again. */
export function followPipe(response: GuardedResponse, record: ResponseRecord, source: Source): boolean {
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
function watchSource(response: GuardedResponse, record: ResponseRecord, source: Source): void {
  source.on(errorMonitor, (error: unknown) => sourceFailed(response, record, error))
  source.once('close', () => {
    if (source.readableEnded === false && record.rare?.piped?.source === source) {
      sourceFailed(response, record, source.errored)
    }
  })
}
