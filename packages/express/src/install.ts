import {
  addGuardRoot,
  attach,
  disguise,
  follow,
  Guard,
  type GuardOptions,
  isEnabled,
  isResponse,
  recordOf,
  validateOptions,
} from '@respond-once/core/adapter'
import type { Application, ExpressRequest, ExpressResponse, Layer, Router } from './application.ts'
import { isApplication, isExpress4, isUnused, routerOf } from './application.ts'
import { hookHandle } from './handle.ts'
import { hookLayers } from './layers.ts'
import { guardResponses } from './response.ts'
import { expressHost } from './route.ts'
import { followParams, hookRouters } from './routers.ts'
import { guardWhole } from './whole.ts'

addGuardRoot(import.meta.url)

/** What `app.use` takes; it has no shape of Express's own types, so that both majors' types accept it. */
export type GuardMiddleware = (request: object, response: object, next: (error?: unknown) => void) => void

/** The applications that are hooked. Another copy of this package hooks for its own records. */
const prepared = new WeakSet<object>()

/** Everything of an application that the guard hooks, once. */
function prepare(application: Application): void {
  if (prepared.has(application)) return
  prepared.add(application)
  guardResponses(application)
  const router = routerOf(application)
  if (router !== undefined) {
    hookRouters(router)
    followParams(router)
  }
  hookHandle(application)
  followMounts(application)
  const [layer] = router?.stack ?? []
  if (layer !== undefined) hookLayers(layer)
}

/** An application of another copy of Express that is mounted from now on is followed too. */
function followMounts(application: Application): void {
  const { use } = application
  application.use = disguise(function (this: Application, ...args: unknown[]): unknown {
    const result = Reflect.apply(use, this, args)
    for (const handler of args.flat(Number.POSITIVE_INFINITY)) if (isApplication(handler)) prepare(handler)
    return result
  }, use)
}

/**
 * `app.use` has made a router, and with it settled `strict routing`, `case sensitive routing` and `query parser`; while
 * nothing but us has used it, settings made later still count.
 */
function unfreeze(application: Application): void {
  const router = routerOf(application)
  if (router === undefined || !isUnused(application, router)) return
  if (isExpress4(application)) unfreeze4(application)
  else unfreeze5(application, router)
}

/** Express 4 asks for its router by `lazyrouter` before each use: then, one that is still unused is made anew. */
function unfreeze4(application: Application): void {
  const { lazyrouter } = application
  application.lazyrouter = function (this: Application) {
    if (lazyrouter !== undefined) application.lazyrouter = lazyrouter
    const router = application._router
    if (router !== undefined && isUnused(application, router)) application._router = undefined
    return lazyrouter?.call(this)
  }
}

const SETTLING = ['handle', 'param', 'route', 'use'] as const

/**
 * Whichever method is called first settles the router. They stand on the object that each router has between itself and the
 * prototype of all: a property that is taken off the router, or a getter `app.router` that is defined anew, would leave
 * slow objects behind.
 */
function unfreeze5(application: Application, router: Router): void {
  const between = Object.getPrototypeOf(router) as Router
  // Who has replaced one of them has read `app.router` before the guard, and that settles it natively.
  if (SETTLING.some((key) => Object.hasOwn(router, key) || Object.hasOwn(between, key))) return
  const settling = SETTLING.map((key) => {
    const native = between[key]
    between[key] = disguise(function (this: unknown, ...args: unknown[]): unknown {
      router.caseSensitive = application.enabled('case sensitive routing')
      router.strict = application.enabled('strict routing')
      for (const [name, method] of settling.splice(0)) {
        if (between[name] === method) delete (between as Partial<Router>)[name]
      }
      return Reflect.apply(native, this, args)
    }, native)
    return [key, between[key]] as const
  })
}

/** Attaches to a single response, where the guard is a layer: under a path, or on a router. */
function attachBelow(guard: Guard, request: ExpressRequest, response: ExpressResponse): void {
  if (!isResponse(response) || recordOf(response) !== undefined) return
  const application = request.app
  if (application === undefined) {
    attach(guard, request, response)
    return
  }
  prepare(application)
  follow(guard, response)
}

/** What Express calls on a mounted application: this is how the guard learns where it is installed. */
interface Mountable {
  mountpath?: unknown
  handle: GuardMiddleware
  set: () => unknown
  emit: (event: string, parent: Application) => boolean
}

/**
 * Guards an Express application (4.18 and later, 5), a router, or what is below a path.
 *
 * `app.use(respondOnce(options))`, first. On a whole application it leaves no layer behind, guards every route whenever
 * it was added, and settings made afterwards still count.
 *
 * @throws {InvalidOptionsError} with every mistake in the options.
 */
export function respondOnce(options?: GuardOptions): GuardMiddleware {
  const valid = validateOptions(options)
  const guard = isEnabled(valid) ? new Guard(expressHost, valid) : undefined
  const middleware: GuardMiddleware & Partial<Mountable> = (request, response, next) => {
    if (guard !== undefined) attachBelow(guard, request as ExpressRequest, response as ExpressResponse)
    next()
  }
  middleware.handle = (request, response, next) => middleware(request, response, next)
  middleware.set = () => middleware
  middleware.emit = (event, application) => {
    if (event !== 'mount') return false
    const router = routerOf(application)
    const layer = router?.stack.at(-1) as Layer
    if (guard !== undefined) {
      prepare(application)
      hookLayers(layer)
    }
    if (middleware.mountpath === '/') {
      router?.stack.pop()
      unfreeze(application)
      if (guard !== undefined) guardWhole(application, guard)
    }
    return true
  }
  return Object.defineProperty(middleware, 'name', { value: 'respondOnce' })
}
