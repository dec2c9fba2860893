import {
  ANSWER,
  DETACHED,
  failed,
  HIJACKED,
  INSIDE,
  isHeadSent,
  isSwallowed,
  judgeBody,
  leaveRun,
  type NodeResponse,
  passedOn,
  RESPONDED,
  type ResponseRecord,
  ResponseViolationError,
  respondedRun,
  resumeRun,
} from '@respond-once/core/adapter'
import type { Reply } from './application.ts'
import { replyOf } from './route.ts'

// What becomes of a hook or a handler in the end: a value, or an error. Fastify may be about to answer because of it.

/** Whether an error goes no further than the request's log, because the first response stands. */
export function holdsBack(response: NodeResponse, record: ResponseRecord, error: unknown): boolean {
  const stands =
    isSwallowed(record, error) ||
    ((record.bits & RESPONDED) !== 0 &&
      (error instanceof ResponseViolationError ||
        record.guard.judge.decide(response, record, 'error-after-response', 'unknown') === 'suppress'))
  if (stands) replyOf(record).log.error({ err: error }, 'An error after the response; the response stands')
  return stands
}

/** Whether a handler's error goes no further. */
export function holdsBackFailure(reply: Reply, record: ResponseRecord, error: unknown, run: number): boolean {
  if ((record.bits & (DETACHED | HIJACKED)) !== 0) return false
  const before = resumeRun(record, run)
  try {
    failed(reply.raw, record, error, run)
    return holdsBack(reply.raw, record, error)
  } finally {
    leaveRun(record, before)
  }
}

/** Whether a payload is a body for certain: a stream may turn out to be empty. */
export function isBody(payload: unknown): boolean {
  if (payload === undefined || payload === null || payload === '') return false
  const { pipe, getReader } = payload as { readonly pipe?: unknown; readonly getReader?: unknown }
  return typeof pipe !== 'function' && typeof getReader !== 'function'
}

/** Whether Fastify may go on with what a handler returned: it answers with it, if nobody has. */
export function mayReturn(reply: Reply, record: ResponseRecord, value: unknown, run: number): boolean {
  const { raw } = reply
  const responded = (record.bits & RESPONDED) !== 0
  // Without a value Fastify answers only where nothing was sent yet.
  if (value === undefined && (!responded || reply.sent || isHeadSent(raw))) return true
  // Taken away from Fastify, by Fastify 4's `reply.sent = true` too.
  if ((record.bits & (DETACHED | HIJACKED)) !== 0 || (reply.sent && !raw.writableEnded)) return true
  const before = resumeRun(record, run)
  try {
    if (!record.guard.allow(raw, record, ANSWER, value === undefined ? 'return undefined' : 'return')) return false
    if (isBody(value)) judgeBody(raw, record, 'return')
    return true
  } finally {
    leaveRun(record, before)
  }
}

/** Whether the route may go on after an async hook. One that has answered is to resolve with the reply. */
export function mayPass(reply: Reply, record: ResponseRecord, value: unknown, run: number): boolean {
  if ((record.bits & RESPONDED) === 0 || respondedRun(record) !== run || value === reply) return true
  if ((record.bits & (DETACHED | HIJACKED)) !== 0 || reply.sent) return true
  const before = resumeRun(record, run)
  record.rarely().passedAfter = true
  try {
    return (
      passedOn(reply.raw, record, 'next-after-response', undefined, undefined, undefined, undefined, 'return') !==
      'suppress'
    )
  } catch (error) {
    // There is no call to throw at: the error ends the route, and the response stands.
    reply.log.error({ err: error }, 'An error after the response; the response stands')
    return false
  } finally {
    leaveRun(record, before)
  }
}

type Verdict = (reply: Reply, record: ResponseRecord, outcome: unknown, run: number) => boolean

/**
 * Stands in for the promise of a hook or a handler: Fastify calls its `then`, once. What was to be judged is judged in the
 * turn in which Fastify goes on, and no microtask is added.
 */
export class Settled {
  readonly #promise: PromiseLike<unknown>
  readonly #reply: Reply
  readonly #record: ResponseRecord
  readonly #run: number
  readonly #mayGoOn: Verdict
  readonly #holdsBack: Verdict

  constructor(
    promise: PromiseLike<unknown>,
    reply: Reply,
    record: ResponseRecord,
    run: number,
    mayGoOn: Verdict,
    holdsBackError: Verdict,
  ) {
    this.#promise = promise
    this.#reply = reply
    this.#record = record
    this.#run = run
    this.#mayGoOn = mayGoOn
    this.#holdsBack = holdsBackError
  }

  // biome-ignore lint/suspicious/noThenProperty: it stands in for a promise
  then(fulfilled: (value: unknown) => unknown, rejected: (error: unknown) => unknown): unknown {
    return this.#promise.then(
      (value) => this.#conclude(this.#mayGoOn(this.#reply, this.#record, value, this.#run), fulfilled, value),
      (error) => this.#conclude(!this.#holdsBack(this.#reply, this.#record, error, this.#run), rejected, error),
    )
  }

  #conclude(goesOn: boolean, call: (outcome: unknown) => unknown, outcome: unknown): unknown {
    return goesOn ? goOn(this.#record, () => call(outcome)) : undefined
  }
}

/** Lets Fastify go on: what it does then is no operation of the application, until it calls the application. */
export function goOn<T>(record: ResponseRecord, run: () => T): T {
  const before = record.bits & INSIDE
  record.bits |= INSIDE
  try {
    return run()
  } finally {
    if (before === 0) record.bits &= ~INSIDE
  }
}

/** Whether something is a promise, or stands in for one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
