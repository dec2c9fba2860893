import {
  currentRun,
  DETACHED,
  disguise,
  enterRun,
  leaveRun,
  type Next,
  recordOf,
  trackNext,
  watchRejection,
} from '@respond-once/core/adapter'
import type { ExpressNext, ExpressRequest, ExpressResponse, Layer, Router } from './application.ts'

type ParamHandler = (
  request: ExpressRequest,
  response: ExpressResponse,
  next: ExpressNext,
  ...rest: unknown[]
) => unknown

/** What the guard hooks of a router, or of the prototype that all routers of a copy of Express share. */
interface RouterMembers {
  param?: (name: unknown, handler: unknown) => unknown
  use?: (this: Router, ...args: unknown[]) => unknown
}

const followedHandlers = new WeakSet<object>()

/** A handler of `app.param` has a `next` of its own. */
function followParam(handler: ParamHandler): ParamHandler {
  if (followedHandlers.has(handler)) return handler
  const followed = disguise(
    function (this: unknown, request, response, next, ...rest) {
      const record = recordOf(response)
      if (record === undefined || (record.bits & DETACHED) !== 0)
        return handler.call(this, request, response, next, ...rest)
      const before = enterRun(record)
      const run = currentRun(record)
      const tracked = trackNext(response, record, next as Next)
      try {
        const result = handler.call(this, request, response, tracked, ...rest)
        if (typeof result === 'object') watchRejection(result, response, record, run)
        return result
      } finally {
        leaveRun(record, before)
      }
    } as ParamHandler,
    handler,
  )
  followedHandlers.add(followed)
  return followed
}

/** Follows the handlers of `app.param` that were added before the guard, in the router and in those below it. */
export function followParams(router: Router): void {
  for (const handlers of Object.values(router.params ?? {})) {
    for (const [index, handler] of handlers.entries()) handlers[index] = followParam(handler as ParamHandler)
  }
  for (const { handle } of router.stack) {
    if (Array.isArray(handle.stack)) followParams(handle as unknown as Router)
  }
}

const mountPaths = new WeakMap<Layer, unknown>()

/** The path that a layer was added under, where it was added after the guard. */
export function mountPathOf(layer: Layer): unknown {
  return mountPaths.get(layer)
}

function isPath(argument: unknown): boolean {
  const first: unknown = Array.isArray(argument) ? argument.flat(Number.POSITIVE_INFINITY)[0] : argument
  return typeof first === 'string' || first instanceof RegExp
}

/** The prototypes that are hooked. Another copy of this package hooks for its own records. */
const hooked = new WeakSet<object>()

/** Hooks the prototype of all routers of this copy of Express: what is added from now on is known. */
export function hookRouters(router: Router): void {
  let prototype: RouterMembers | null = router as RouterMembers
  while (prototype !== null && !Object.hasOwn(prototype, 'param')) prototype = Object.getPrototypeOf(prototype)
  if (prototype === null || hooked.has(prototype)) return
  hooked.add(prototype)
  const { param, use } = prototype
  if (param !== undefined) {
    prototype.param = disguise(function (this: unknown, name: unknown, handler: unknown) {
      const follows = typeof name === 'string' && typeof handler === 'function'
      return param.call(this, name, follows ? followParam(handler as ParamHandler) : handler)
    }, param)
  }
  if (use !== undefined) {
    prototype.use = disguise(function (this: Router, ...args: unknown[]) {
      const before = this.stack.length
      const result = Reflect.apply(use, this, args)
      for (const layer of this.stack.slice(before)) mountPaths.set(layer, isPath(args[0]) ? args[0] : '/')
      return result
    }, use)
  }
}
