import type { CompiledPolicy } from '@respond-once/core'
import {
  addGuardRoot,
  attach,
  disguise,
  Guard,
  type GuardOptions,
  INSIDE,
  isEnabled,
  settling,
  validateOptions,
  warnInstalledTwice,
} from '@respond-once/core/adapter'
import type { Composed, KoaApplication, KoaContext, Middleware, Next } from './application.ts'
import { compose } from './compose.ts'
import { contextMembers } from './context.ts'
import { Flow, flowOf } from './flow.ts'
import { responseMembers } from './response.ts'
import { koaHost } from './route.ts'
import { FollowedRouters } from './routers.ts'

addGuardRoot(import.meta.url)

/** What `app.use` takes; it has no shape of Koa's own types, so that both majors' types accept it. */
export type GuardMiddleware = (context: object, next: () => Promise<unknown>) => Promise<unknown>

/** The applications whose `ctx` has the guard's members. Another copy of this package adds its own. */
const prepared = new WeakSet<object>()

function prepare({ context, response }: KoaApplication): void {
  if (prepared.has(context)) return
  prepared.add(context)
  Object.defineProperties(response, responseMembers(response))
  Object.defineProperties(context, contextMembers(context))
}

/** Koa 3 takes another function for composing; what that does is not ours to do. */
function composesAsUsual({ compose: given }: KoaApplication): boolean {
  return given === undefined || /next\(\) called multiple times/.test(Function.prototype.toString.call(given))
}

/** One `respondOnce()`, and the application that it is installed on. */
class Installation {
  readonly #guard: Guard
  readonly #middleware: Middleware
  #application: KoaApplication | undefined
  #count = -1
  #rest: readonly Middleware[] | undefined
  #policy: CompiledPolicy | undefined
  #routers: FollowedRouters | undefined

  constructor(guard: Guard, middleware: Middleware) {
    this.#guard = guard
    this.#middleware = middleware
  }

  /** Begins to follow a request; undefined where somebody else does, or nobody can. */
  #begin(context: KoaContext): Flow | undefined {
    const record = attach(this.#guard, context.req, context.res)
    return record && new Flow(context, record)
  }

  /**
   * From the second request on, the guard is attached before Koa sets its first status: that would give a response
   * without a record a slow property.
   */
  #attachEarly(application: KoaApplication): void {
    const { handleRequest } = application
    const begin = (context: KoaContext) => this.#begin(context)
    const value = disguise(function (this: KoaApplication, context: KoaContext, composed: Composed): unknown {
      const flow = begin(context)
      // Until the guard's turn has come, Koa prepares the response.
      if (flow !== undefined) flow.record.bits |= INSIDE
      return handleRequest.call(this, context, composed)
    }, handleRequest)
    Object.defineProperty(application, 'handleRequest', { configurable: true, writable: true, value })
  }

  /** Middleware and routes may be added at any time; what follows the guard is looked up again then. */
  #lookUp(application: KoaApplication): void {
    const { middleware } = application
    if (this.#application !== application) {
      this.#application = application
      prepare(application)
      if (middleware[0] === this.#middleware) this.#attachEarly(application)
    }
    this.#count = middleware.length
    const at = middleware.indexOf(this.#middleware)
    const plain = at !== -1 && composesAsUsual(application) && !middleware.some((one) => Array.isArray(one))
    this.#rest = plain ? middleware.slice(at + 1) : undefined
    this.#policy = this.#guard.judge.policy
    this.#routers = this.#policy.watches('next-called-twice') ? new FollowedRouters(middleware) : undefined
  }

  /** Whether middleware or routes were added since the last look, or the policy asks for something else. */
  #isOutdated(application: KoaApplication): boolean {
    return (
      application !== this.#application ||
      application.middleware.length !== this.#count ||
      this.#guard.judge.policy !== this.#policy ||
      this.#routers?.haveGrown === true
    )
  }

  enter(context: KoaContext, next: Next): Promise<unknown> {
    const { app } = context
    if (this.#isOutdated(app)) this.#lookUp(app)
    const flow = flowOf(context.res) ?? this.#begin(context)
    if (flow === undefined || flow.entered || flow.record.guard !== this.#guard) {
      if (flow !== undefined && this.#rest !== undefined) this.#tellTwice()
      return next()
    }
    flow.entered = true
    flow.record.bits &= ~INSIDE
    const rest = this.#rest
    if (rest !== undefined) flow.chain = rest
    const result = rest === undefined ? next() : compose(flow, 0)
    return this.#guard.waits ? settling(result, flow.record) : result
  }

  #told = false

  #tellTwice(): void {
    if (this.#told) return
    this.#told = true
    warnInstalledTwice()
  }
}

/**
 * Guards a Koa application (2.13 and later, 3).
 *
 * `app.use(respondOnce(options))`, first.
 *
 * @throws {InvalidOptionsError} with every mistake in the options.
 */
export function respondOnce(options?: GuardOptions): GuardMiddleware {
  const valid = validateOptions(options)
  let installation: Installation | undefined
  const middleware: GuardMiddleware = (context, next) =>
    installation === undefined ? next() : installation.enter(context as KoaContext, next)
  if (isEnabled(valid)) installation = new Installation(new Guard(koaHost, valid), middleware as Middleware)
  return Object.defineProperty(middleware, 'name', { value: 'respondOnce' })
}
