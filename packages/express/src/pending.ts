import { PASSING, type ResponseRecord } from '@respond-once/core/adapter'
import type { ExpressResponse } from './application.ts'

/** A pending answer whose own failure passed control on is taken back: whoever comes next may answer. */
export function releaseUnlessPassed(record: ResponseRecord, response: ExpressResponse): void {
  if ((record.bits & PASSING) === 0 && record.isPending()) record.guard.release(response, record)
  record.bits &= ~PASSING
}
