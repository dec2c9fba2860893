import { Stampable } from '@respond-once/core/adapter'
import { notFoundContextOf, type RouteContext } from './application.ts'
import { followErrorHandler, followHandler } from './handlers.ts'
import { followHook, followPayloadHook, followSendHook } from './hooks.ts'

/** Marks the routes that are followed, with what a request has to know of its route. */
class Followed extends Stampable {
  readonly #hasExpress: boolean

  constructor(context: RouteContext) {
    super(context)
    this.#hasExpress = context.server.express !== undefined
  }

  static has(context: object): boolean {
    return #hasExpress in context
  }

  static hasExpress(context: object): boolean {
    return #hasExpress in context && context.#hasExpress
  }
}

/** Whether {@link followContext} has seen a route. Apart from it, to be compiled into where each request passes. */
export const isFollowed: (context: object) => boolean = Followed.has

/** Whether an application of Express handles requests within Fastify; undecided until the route is followed. */
export const hasExpress: (context: object) => boolean = Followed.hasExpress

const followed = new WeakSet<object>()

/** Puts what follows them in the place of functions, where they stand: the first request runs them already. */
function replaceAll<F extends object>(functions: F[] | null | undefined, follow: (original: F) => F): void {
  if (functions == null) return
  for (const [index, original] of functions.entries()) {
    if (followed.has(original)) continue
    const standIn = follow(original)
    followed.add(standIn)
    functions[index] = standIn
  }
}

/**
 * Follows the hooks, the handler and the error handlers of a route, once, when its first request comes: by then Fastify
 * has put together all that was added, in whatever order, before or after the guard.
 */
export function followContext(context: RouteContext): void {
  if (isFollowed(context)) return
  new Followed(context)
  for (const name of ['onRequest', 'preValidation', 'preHandler'] as const) replaceAll(context[name], followHook)
  replaceAll(context.preParsing, followPayloadHook)
  for (const name of ['preSerialization', 'onSend', 'onError'] as const) replaceAll(context[name], followSendHook)
  const { handler } = context
  if (handler !== undefined && !followed.has(handler)) {
    context.handler = followHandler(handler)
    followed.add(context.handler)
  }
  context.errorHandler = followErrorHandler(context.errorHandler)
  const notFound = notFoundContextOf(context)
  if (notFound !== undefined) followContext(notFound)
}
