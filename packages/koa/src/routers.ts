import { disguise } from '@respond-once/core/adapter'
import type { Middleware, Router } from './application.ts'
import { callFollowed } from './compose.ts'

const followed = new WeakSet<object>()

/** What routers keep on a handler: `param`, `router`. */
function copyMarks(from: Middleware, to: Middleware): void {
  const { length, name, prototype, ...marks } = Object.getOwnPropertyDescriptors(from) as PropertyDescriptorMap
  Object.defineProperties(to, marks)
}

function follow(middleware: Middleware): Middleware {
  if (followed.has(middleware)) return middleware
  const standIn = disguise<Middleware>(function (context, next) {
    return callFollowed(middleware, this, context, next)
  }, middleware)
  copyMarks(middleware, standIn)
  followed.add(standIn)
  return standIn
}

function isRouter(router: unknown): router is Router {
  return typeof router === 'object' && router !== null && Array.isArray((router as Router).stack)
}

/** Follows the handlers of routers: they compose their handlers anew for each request, from lists that can be reached. */
export function followRouters(middleware: readonly Middleware[]): void {
  for (const one of middleware) {
    const { router } = one as { router?: unknown }
    if (!isRouter(router)) continue
    for (const { stack } of router.stack) {
      if (!Array.isArray(stack)) continue
      for (const [index, handler] of stack.entries()) if (typeof handler === 'function') stack[index] = follow(handler)
    }
  }
}
