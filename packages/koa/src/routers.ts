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

/** The layers of all routers. Only ever more are added. */
function countLayers(routers: readonly Router[]): number {
  let count = 0
  for (const { stack } of routers) count += stack.length
  return count
}

/** Follows the handlers of the routers among middleware: they compose them anew for each request, from lists that can be reached. */
export class FollowedRouters {
  readonly #routers: readonly Router[]
  readonly #count: number

  constructor(middleware: readonly Middleware[]) {
    this.#routers = middleware.map((one) => (one as { router?: unknown }).router).filter(isRouter)
    this.#count = countLayers(this.#routers)
    for (const { stack } of this.#routers.flatMap((router) => router.stack)) {
      if (!Array.isArray(stack)) continue
      for (const [index, handler] of stack.entries()) if (typeof handler === 'function') stack[index] = follow(handler)
    }
  }

  /** Whether routes were added since. */
  get haveGrown(): boolean {
    return this.#routers.length > 0 && countLayers(this.#routers) !== this.#count
  }
}
