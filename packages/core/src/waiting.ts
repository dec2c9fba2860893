import { broken } from './body.ts'
import { type GuardedResponse, http2StreamOf, isGone, outcomeOf } from './host.ts'
import type { Moment } from './moment.ts'
import { DETACHED, now, RESPONDED, type ResponseRecord } from './record.ts'
import { reportOnly } from './report-only.ts'
import { HEADERS_SENT } from './state.ts'
import { type Waiting, watch } from './sweep.ts'

/** Nobody answers, or a body stalls. Only made where a rule asks for it. */
class Patience implements Waiting {
  readonly everyMs: number
  readonly #response: GuardedResponse
  readonly #record: ResponseRecord
  #readAt: number | undefined
  #bytes = -1
  #changedAt = 0

  constructor(response: GuardedResponse, record: ResponseRecord) {
    this.#response = response
    this.#record = record
    this.everyMs = Math.max(10, Math.min(1000, record.guard.judge.policy.shortestWaitMs / 5))
  }

  look(time: number): boolean {
    const [response, record] = [this.#response, this.#record]
    if ((record.bits & DETACHED) !== 0 || outcomeOf(response) !== undefined) return false
    if (response.writableEnded || isGone(response) || response.req?.upgrade === true) return false
    const { judge } = record.guard
    const begun = judge.observe(response, record) >= HEADERS_SENT
    if (begun) return this.#lookAtBody(time)
    if (!judge.policy.watches('no-response') || (record.bits & RESPONDED) !== 0) return true
    if (isRead(response)) this.#readAt ??= time
    if (this.#readAt === undefined || time - this.#readAt < judge.settings(response, record).afterMs) return true
    reportOnly(response, record, 'no-response', 'wait', () => ({ second: lastStep(record) }))
    return false
  }

  #lookAtBody(time: number): boolean {
    const { idleMs } = this.#record.guard.judge.settings(this.#response, this.#record)
    if (idleMs === undefined) return false
    const bytes = this.#response.socket?.bytesWritten ?? 0
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#changedAt = time
    }
    if (time - this.#changedAt < idleMs) return true
    broken(this.#response, this.#record, 'idle', () => ({ operation: 'idle', at: now(), frames: [] }))
    return false
  }
}

/** Where control was passed on last, where that was captured. */
function lastStep(record: ResponseRecord): Moment | undefined {
  const { passed } = record.rare ?? {}
  if (passed === undefined) return undefined
  const { at, trace } = passed
  return { operation: record.guard.judge.host.nextName ?? 'next', at, trace, frames: trace?.frames ?? [] }
}

/** Whether the request was read to its end; one of http2 without a body has ended with its headers. */
function isRead(response: GuardedResponse): boolean {
  return response.req?.complete === true || http2StreamOf(response)?.endAfterHeaders === true
}

/** Looks after a response until it has been answered and, where the policy says so, until its body has ended. */
export function waitFor(response: GuardedResponse, record: ResponseRecord): void {
  watch(new Patience(response, record))
}
