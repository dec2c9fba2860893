import { Stampable } from '@respond-once/core/adapter'
import { notFoundContextOf, type RouteContext } from './application.ts'
import { followErrorHandler, followHandler } from './handlers.ts'
import { followHook, followPayloadHook, followSendHook } from './hooks.ts'

/** Marks what is followed. */
class Followed extends Stampable {
  #isFollowed = true

  static has(context: object): boolean {
    return #isFollowed in context && context.#isFollowed
  }
}

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
  if (Followed.has(context)) return
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
