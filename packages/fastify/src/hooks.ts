import {
  currentRun,
  DETACHED,
  disguise,
  enterRun,
  INSIDE,
  leaveRun,
  type Next,
  type ResponseRecord,
  recordOf,
  trackNext,
} from '@respond-once/core/adapter'
import type { Done, Hook, PayloadHook, Reply, Request } from './application.ts'
import { holdsBack, holdsBackFailure, isThenable, mayPass, Settled } from './settled.ts'

/** The name of the guard's own hook, so that it is not followed itself. */
export const ENTRANCE = 'respondOnceOnRequest'

/** A response's record, where it is judged. */
export function followed(reply: Reply): ResponseRecord | undefined {
  const record = recordOf(reply.raw)
  return record === undefined || (record.bits & DETACHED) !== 0 ? undefined : record
}

/** A hook of the answer itself may go on with any value, and its error leads to the error's answer. */
const never = () => false
const always = () => true

/** In the place of a payload, where a hook is given none. */
const NO_PAYLOAD = Symbol('no payload')

/** Calls a hook: it is the application, even where Fastify calls it from within a public call. */
function run(
  hook: Hook | PayloadHook,
  request: Request,
  reply: Reply,
  payload: unknown,
  record: ResponseRecord,
  done: Done,
  before: boolean,
): unknown {
  const inside = record.bits & INSIDE
  record.bits &= ~INSIDE
  const outer = enterRun(record)
  const number = currentRun(record)
  try {
    const tracked = trackNext(reply.raw, record, done as Next, undefined, before ? (holdsBack as never) : never)
    const result =
      payload === NO_PAYLOAD
        ? (hook as Hook)(request, reply, tracked as Done)
        : (hook as PayloadHook)(request, reply, payload, tracked as Done)
    if (result === undefined || result === reply || !isThenable(result)) return result
    return new Settled(result, reply, record, number, before ? mayPass : always, before ? holdsBackFailure : never)
  } catch (error) {
    if (before && holdsBackFailure(reply, record, error, number)) return undefined
    throw error
  } finally {
    leaveRun(record, outer)
    record.bits |= inside
  }
}

/** Follows a hook that is called before the handler. */
export function followHook(hook: Hook): Hook {
  if (hook.name === `bound ${ENTRANCE}`) return hook
  return disguise((request: Request, reply: Reply, done: Done): unknown => {
    const record = followed(reply)
    if (record === undefined) return hook(request, reply, done)
    return run(hook, request, reply, NO_PAYLOAD, record, done, true)
  }, hook)
}

/** Follows a hook that is called before the handler, with the request's body. */
export function followPayloadHook(hook: PayloadHook): PayloadHook {
  return disguise((request: Request, reply: Reply, payload: unknown, done: Done): unknown => {
    const record = followed(reply)
    if (record === undefined) return hook(request, reply, payload, done)
    return run(hook, request, reply, payload, record, done, true)
  }, hook)
}

/** Follows a hook that is part of an answer. */
export function followSendHook(hook: PayloadHook): PayloadHook {
  return disguise((request: Request, reply: Reply, payload: unknown, done: Done): unknown => {
    const record = followed(reply)
    if (record === undefined) return hook(request, reply, payload, done)
    return run(hook, request, reply, payload, record, done, false)
  }, hook)
}
