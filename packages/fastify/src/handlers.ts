import {
  currentRun,
  disguise,
  enterRun,
  INSIDE,
  leaveRun,
  type ResponseRecord,
  settling,
} from '@respond-once/core/adapter'
import type { ErrorHandler, Handler, Reply, Request } from './application.ts'
import { followed } from './hooks.ts'
import { goOn, holdsBackFailure, isThenable, mayReturn, Settled } from './settled.ts'

/** Calls a handler: it is the application. What it returns or throws, Fastify is about to answer with. */
function run(reply: Reply, record: ResponseRecord, handler: Handler, request: Request): unknown {
  const inside = record.bits & INSIDE
  record.bits &= ~INSIDE
  const outer = enterRun(record)
  const number = currentRun(record)
  try {
    const result = handler(request, reply)
    if (result === undefined || result === reply) return result
    if (!isThenable(result)) return mayReturn(reply, record, result, number) ? result : undefined
    const promise = record.guard.waits && result instanceof Promise ? settling(result, record) : result
    return new Settled(promise, reply, record, number, mayReturn, holdsBackFailure)
  } catch (error) {
    if (holdsBackFailure(reply, record, error, number)) return undefined
    throw error
  } finally {
    leaveRun(record, outer)
    record.bits |= inside
  }
}

/** Follows the handler of a route. Fastify's own for what matches none is Fastify. */
export function followHandler(handler: Handler): Handler {
  if (handler.name === 'basic404') return handler
  return disguise((request: Request, reply: Reply): unknown => {
    const record = followed(reply)
    return record === undefined ? handler(request, reply) : run(reply, record, handler, request)
  }, handler)
}

const errorHandlers = new WeakMap<ErrorHandler, ErrorHandler>()

/**
 * Follows error handlers, from the route's own to Fastify's: each is the prototype of the one before it. They are copied,
 * because instances without a guard may share them.
 */
export function followErrorHandler(original: ErrorHandler): ErrorHandler {
  const known = errorHandlers.get(original)
  if (known !== undefined) return known
  const parent = Object.getPrototypeOf(original) as ErrorHandler
  const isLast = parent === Object.prototype
  const copy = Object.create(
    isLast ? parent : followErrorHandler(parent),
    Object.getOwnPropertyDescriptors(original),
  ) as ErrorHandler
  const { func } = original
  if (func !== undefined) copy.func = disguise(isLast ? lastOf(func) : ownOf(func), func)
  errorHandlers.set(original, copy)
  errorHandlers.set(copy, copy)
  return copy
}

type HandleError = NonNullable<ErrorHandler['func']>

/** Fastify has gone to its error path before anything was out: the error's answer becomes the first. */
function ownOf(func: HandleError): HandleError {
  return (error: unknown, request: Request, reply: Reply): unknown => {
    const record = followed(reply)
    if (record === undefined) return func(error, request, reply)
    record.guard.release(reply.raw, record)
    return run(reply, record, (request, reply) => func(error, request, reply), request)
  }
}

/** Fastify's own answers by itself. Where a body stream has failed, that is in a turn of its own. */
function lastOf(func: HandleError): HandleError {
  return (error: unknown, request: Request, reply: Reply): unknown => {
    const record = followed(reply)
    if (record === undefined || (record.bits & INSIDE) !== 0) return func(error, request, reply)
    record.guard.release(reply.raw, record)
    return goOn(record, () => func(error, request, reply))
  }
}
