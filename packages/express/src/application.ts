import type { IncomingMessage } from 'node:http'
import type { NodeResponse } from '@respond-once/core/adapter'

// What the guard touches of Express 4 and 5, as they are at run time. Express itself is never imported: an application
// may hold several copies of it, and the guard works on the one that it is installed on.

/** A request as Express passes it to handlers. */
export interface ExpressRequest extends IncomingMessage {
  app?: Application
  route?: object
  originalUrl?: string
  next?: (error?: unknown) => unknown
  params?: Readonly<Record<string, string>>
}

/** A response as Express passes it to handlers. */
export type ExpressResponse = NodeResponse & { app?: Application; req: ExpressRequest }

/** Passes control on. */
export type ExpressNext = (error?: unknown) => unknown

/** A middleware, a handler or an error handler. */
export type Handler = ((...args: never[]) => unknown) & { readonly stack?: readonly Layer[]; readonly params?: object }

/** One entry of a router's or a route's stack. */
export interface Layer {
  readonly name: string
  readonly handle: Handler
  readonly route?: Route
  /** Express 4. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean; readonly fast_star?: boolean }
  readonly keys?: readonly { readonly name: string | number }[]
  /** Express 5. */
  readonly rawPath?: unknown
  match(path: string): unknown
  /** Express 4: what the last match took off. */
  readonly path?: string
}

/** A path with its handlers. */
export interface Route {
  readonly path: unknown
  readonly stack: readonly Layer[]
}

/** A router, of either major. */
export interface Router {
  stack: Layer[]
  caseSensitive: boolean
  strict: boolean
  readonly params?: Readonly<Record<string, unknown[]>>
  /** Express 4: handlers for any parameter. */
  readonly _params?: readonly unknown[]
  param(...args: unknown[]): unknown
  route(...args: unknown[]): unknown
  use(...args: unknown[]): unknown
  handle(request: ExpressRequest, response: ExpressResponse, done: ExpressNext): unknown
}

/** An application, of either major. */
export interface Application {
  response: NodeResponse
  handle(request: ExpressRequest, response: ExpressResponse, callback?: ExpressNext): unknown
  use(...args: unknown[]): unknown
  enabled(setting: string): boolean
  on(event: 'mount', listener: () => void): unknown
  /** Express 4. */
  lazyrouter?: () => void
  _router?: Router | undefined
  /** Express 5; in Express 4 a getter that throws. */
  router?: Router
}

/** Whether the application is of Express 4. */
export function isExpress4(application: Application): boolean {
  return typeof application.lazyrouter === 'function'
}

/** The application's router; undefined while Express 4 has not made one. */
export function routerOf(application: Application): Router | undefined {
  return isExpress4(application) ? application._router : application.router
}

/** The layers that Express 4 begins with. */
const NATIVE_LAYERS = 'query,expressInit'

/** Whether the application has given its router nothing. */
export function isUnused(application: Application, { stack, params = {}, _params = [] }: Router): boolean {
  const layers = stack.map(({ name }) => name).join()
  if (layers !== (isExpress4(application) ? NATIVE_LAYERS : '')) return false
  return Object.keys(params).length === 0 && _params.length === 0
}

/** An Express application, as opposed to any other handler. */
export function isApplication(handler: unknown): handler is Application {
  return typeof handler === 'function' && 'response' in handler && 'enabled' in handler
}
