import type { IncomingMessage } from 'node:http'
import type { NodeResponse } from '@respond-once/core/adapter'

// What the guard touches of Koa 2 and 3, as they are at run time. Koa itself is never imported: an application may hold
// several copies of it, and the guard works on the one that it is installed on.

/** Passes control on, and settles when all that follows has. */
export type Next = () => Promise<unknown>

/** A middleware, or a handler of a router. */
export type Middleware = (this: unknown, context: KoaContext, next: Next) => unknown

/** All of an application's middleware, in one. */
export type Composed = (context: KoaContext) => Promise<unknown>

/** The `ctx` of one request. */
export interface KoaContext {
  readonly app: KoaApplication
  readonly req: IncomingMessage
  readonly res: NodeResponse
  readonly request?: { readonly method?: string }
  readonly path?: string
  readonly originalUrl?: string
  /** koa-mount. */
  readonly mountPath?: string
  /** @koa/router: the layers whose path matched, and the path of the one that runs. */
  readonly matched?: readonly RouterLayer[]
  readonly _matchedRoute?: unknown
}

/** The `ctx.response` of one request. */
export interface KoaResponse {
  readonly res: NodeResponse
  readonly ctx: KoaContext
}

/** An application, of either major. */
export interface KoaApplication {
  readonly middleware: readonly Middleware[]
  /** The prototypes of `ctx` and `ctx.response`, which are the application's own. */
  readonly context: object
  readonly response: object
  /** Koa 2.13 and later hand it what they have composed. */
  handleRequest(context: KoaContext, composed: Composed): unknown
  /** Koa 3. */
  readonly compose?: unknown
}

/** A path of a router, with its handlers. */
export interface RouterLayer {
  readonly path: unknown
  readonly methods: readonly string[]
  readonly stack: Middleware[]
  match?(path: string): boolean
}

/** A router of @koa/router or koa-router, which its middleware carries. */
export interface Router {
  readonly stack: readonly RouterLayer[]
}
