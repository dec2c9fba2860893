import {
  ANSWER,
  DETACHED,
  declareLength,
  disguise,
  FINISHED,
  HEADER,
  HIJACKED,
  INSIDE,
  inOtherRun,
  isContentLength,
  isHeadSent,
  judgeBody,
  keepStatus,
  PIPING,
  REFUSED,
  RESPONDED,
  type ResponseRecord,
  recordOf,
  STATUS,
  stage,
  takeBack,
  UNJUDGED,
} from '@respond-once/core/adapter'
import type { Reply } from './application.ts'
import { goOn, isBody } from './settled.ts'

/** Marks the replies of an instance that has a guard. Two copies of the guard know each other by it. */
export const GUARDED: unique symbol = Symbol.for('respond-once.fastify.guarded')

/** What lies below our members. It is read at each call. */
type Base = Record<string, Method>
type Method = (this: Reply, ...args: unknown[]) => unknown

/**
 * Puts our members between the replies of an instance and what lies below. Decorators would do the same, but a name can be
 * decorated once: another plugin that decorates replies with a `redirect` of its own would fail, or the guard would. It is
 * done before there are replies: a prototype that changes later makes each of them dearer by 3,500 instructions.
 */
export function guardReplies(replies: object): void {
  const base = Object.getPrototypeOf(replies) as Base
  const members = Object.entries(MEMBERS).map(([key, make]) => {
    const value = disguise(make(base, key), base[key])
    return [key, { configurable: true, writable: true, value }] as const
  })
  Object.setPrototypeOf(replies, Object.create(base, Object.fromEntries(members)))
}

function call(base: Base, reply: Reply, key: string, args: ArrayLike<unknown>): unknown {
  return Reflect.apply(base[key] as Method, reply, args)
}

/** Who hijacks the reply cannot have Fastify answer; else the table decides. */
function mayAnswer({ raw }: Reply, record: ResponseRecord, name: string): boolean {
  if ((record.bits & HIJACKED) !== 0) return record.guard.refuse(raw, record, ANSWER, name)
  return record.guard.allow(raw, record, ANSWER, name)
}

/** Calls what answers. Fastify may finish it later, after hooks or by a stream. */
function answer(
  method: Method,
  reply: Reply,
  record: ResponseRecord,
  operation: Answering,
  args: ArrayLike<unknown>,
): unknown {
  const { raw } = reply
  const { state, bits } = record
  if (!mayAnswer(reply, record, operation)) return reply
  if (operation === 'reply.send' && isBody(args[0])) judgeBody(raw, record, operation)
  record.bits |= INSIDE
  try {
    const result = args.length === 1 ? method.call(reply, args[0]) : Reflect.apply(method, reply, args)
    if (raw.writableEnded) record.state = FINISHED
    return result
  } catch (error) {
    takeBack(raw, record, state, bits)
    throw error
  } finally {
    record.bits &= ~INSIDE
  }
}

/** Fastify's own timer answers in a turn of its own. */
function isHandlerTimeout(payload: unknown): boolean {
  return payload instanceof Error && (payload as NodeJS.ErrnoException).code === 'FST_ERR_HANDLER_TIMEOUT'
}

/** What Fastify answers with where nobody else has. */
function frameworkName(payload: unknown): string {
  if (isHandlerTimeout(payload)) return 'handlerTimeout'
  return payload instanceof Error ? 'throw' : payload === undefined ? 'return undefined' : 'reply.send'
}

type Answering = 'reply.send' | 'reply.redirect'

function answerOrGoOn(method: Method, reply: Reply, operation: Answering, args: ArrayLike<unknown>): unknown {
  const record = recordOf(reply.raw)
  if (record === undefined || (record.bits & DETACHED) !== 0) return Reflect.apply(method, reply, args)
  const isUnanswered = (record.bits & (RESPONDED | HIJACKED)) === 0
  const isFramework = (record.bits & INSIDE) !== 0 || (isUnanswered && isHandlerTimeout(args[0]))
  if (!isFramework) return answer(method, reply, record, operation, args)
  // Its own text is not glued to a body whose second answer was refused.
  if ((record.bits & REFUSED) !== 0) return reply
  if (isUnanswered) record.guard.frameworkAnswers(reply.raw, record, frameworkName(args[0]))
  return goOnWith(record, method, reply, args)
}

/** {@link goOn} without a closure, which would be bytes of each request. */
function goOnWith(record: ResponseRecord, method: Method, reply: Reply, args: ArrayLike<unknown>): unknown {
  const before = record.bits & INSIDE
  record.bits |= INSIDE
  try {
    return args.length === 1 ? method.call(reply, args[0]) : Reflect.apply(method, reply, args)
  } finally {
    if (before === 0) record.bits &= ~INSIDE
  }
}

// Written out: each request passes here, and a computed name is slow.

function sending(base: Base): Method {
  return function () {
    return answerOrGoOn(base.send as Method, this, 'reply.send', arguments)
  }
}

function redirecting(base: Base): Method {
  return function () {
    return answerOrGoOn(base.redirect as Method, this, 'reply.redirect', arguments)
  }
}

/** Whether a header may be set. With a stream for a body, Fastify has handed all headers to Node by now. */
function maySet({ raw }: Reply, record: ResponseRecord, name: string): boolean {
  const handedOver = RESPONDED | PIPING
  if ((record.bits & handedOver) === handedOver && !isHeadSent(raw)) {
    return record.guard.refuse(raw, record, HEADER, name)
  }
  return record.guard.allow(raw, record, HEADER, name)
}

/** Whether what is set now may have to be taken back, with the second answer that it belongs to. */
function mayBeUndone(record: ResponseRecord): boolean {
  return (record.bits & RESPONDED) !== 0 && !inOtherRun(record)
}

/** Remembers a header as it is. */
function stageHeader(base: Base, reply: Reply, record: ResponseRecord, name: unknown): void {
  if (typeof name !== 'string') return
  const before = reply.getHeader(name)
  const kept = Array.isArray(before) ? [...before] : before
  stage(reply.raw, record, () => {
    goOn(record, () => {
      call(base, reply, 'removeHeader', [name])
      if (kept !== undefined) call(base, reply, 'header', [name, kept])
    })
  })
}

/** The names of the headers that a call sets. */
function namesOf(key: string, first: unknown): readonly unknown[] {
  if (key === 'type') return ['content-type']
  return key === 'headers' && typeof first === 'object' && first !== null ? Object.keys(first) : [first]
}

function setting(base: Base, key: string): Method {
  const operation = `reply.${key}`
  return function (...args) {
    const record = recordOf(this.raw)
    if (record === undefined || (record.bits & UNJUDGED) !== 0) return call(base, this, key, args)
    if (!maySet(this, record, operation)) return this
    for (const name of mayBeUndone(record) ? namesOf(key, args[0]) : []) stageHeader(base, this, record, name)
    if (key === 'header' && isContentLength(args[0])) declareLength(this.raw, record, operation)
    return goOn(record, () => call(base, this, key, args))
  }
}

function coding(base: Base, key: string): Method {
  const operation = `reply.${key}`
  return function (...args) {
    const { raw } = this
    const record = recordOf(raw)
    const isJudged = record !== undefined && (record.bits & UNJUDGED) === 0
    // To set what is there is to set nothing.
    if (!isJudged || (isHeadSent(raw) && Number(args[0]) === raw.statusCode)) return call(base, this, key, args)
    if (!record.guard.allow(raw, record, STATUS, operation)) return this
    if (mayBeUndone(record)) {
      const before = raw.statusCode
      stage(raw, record, () => {
        goOn(record, () => {
          raw.statusCode = before
        })
      })
    }
    return goOn(record, () => call(base, this, key, args))
  }
}

function trailing(base: Base): Method {
  return function (...args) {
    const record = recordOf(this.raw)
    if (record === undefined || (record.bits & UNJUDGED) !== 0) return call(base, this, 'trailer', args)
    if (!maySet(this, record, 'reply.trailer')) return this
    if (mayBeUndone(record)) stage(this.raw, record, () => call(base, this, 'removeTrailer', [args[0]]))
    return goOn(record, () => call(base, this, 'trailer', args))
  }
}

function hijacking(base: Base): Method {
  return function () {
    const record = recordOf(this.raw)
    if (record !== undefined && (record.bits & UNJUDGED) === 0) {
      record.guard.hijack(this.raw, record, 'reply.hijack')
      keepStatus(this.raw, record)
    }
    return call(base, this, 'hijack', arguments)
  }
}

/** The members that stand over Fastify's. Each returns at once where the response is not followed. */
const MEMBERS: Readonly<Record<string, (base: Base, key: string) => Method>> = {
  send: sending,
  redirect: redirecting,
  code: coding,
  status: coding,
  header: setting,
  headers: setting,
  type: setting,
  removeHeader: setting,
  trailer: trailing,
  hijack: hijacking,
}
