import type { IncomingMessage } from 'node:http'
import type { NodeResponse } from '@respond-once/core/adapter'

// What the guard touches of Fastify 4 and 5, as they are at run time. Fastify itself is never imported: an application
// may hold several copies of it, and the guard works on the instance that it is registered in.

/** A logger of Fastify's: pino, or what the application has put in its place. */
export interface Logger {
  readonly trace: LogMethod
  readonly warn: LogMethod
  readonly error: LogMethod
  readonly fatal: LogMethod
}
type LogMethod = (data: object, message?: string) => void

/** A request as Fastify passes it to hooks and handlers. */
export interface Request {
  readonly raw: IncomingMessage
  /** Fastify 4, before it kept it under a symbol. */
  readonly context?: RouteContext
  readonly [key: symbol]: RouteContext | undefined
}

/** A reply, without what it answers by. */
export interface Reply {
  readonly raw: NodeResponse
  readonly request: Request
  readonly sent: boolean
  readonly log: Logger
  getHeader(name: string): unknown
}

/** Passes control on, to the next hook or to the handler. */
export type Done = (error?: unknown, payload?: unknown) => unknown

/** A hook that is called before the handler. */
export type Hook = (request: Request, reply: Reply, done: Done) => unknown

/** A hook that is given a payload, or an error, too. */
export type PayloadHook = (request: Request, reply: Reply, payload: unknown, done: Done) => unknown

/** The handler of a route. */
export type Handler = (request: Request, reply: Reply) => unknown

/** Handles errors; its prototype is what handles those that it raises itself. */
export interface ErrorHandler {
  func?: (error: unknown, request: Request, reply: Reply) => unknown
}

/** What Fastify keeps of a route: every request and reply of the route has it. All functions are bound already. */
export interface RouteContext {
  handler: Handler | undefined
  errorHandler: ErrorHandler
  readonly config?: { readonly url?: string }
  /** Where @fastify/express is registered, it has an application of Express. */
  readonly server: { readonly express?: unknown }
  onRequest: Hook[] | null
  preValidation?: Hook[] | null
  preHandler: Hook[] | null
  preParsing?: PayloadHook[] | null
  preSerialization?: PayloadHook[] | null
  onSend: PayloadHook[] | null
  onError: PayloadHook[] | null
  readonly [key: symbol]: RouteContext | null | undefined
}

/** An instance of Fastify, of either major. */
export interface Application {
  readonly log: Logger
  addHook(name: 'onRequest', hook: Hook): unknown
  after(callback: () => void): unknown
  decorateReply(name: string | symbol, member: unknown): unknown
  hasReplyDecorator(name: string | symbol): boolean
}

function symbolNamed(object: object, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description)
}

let contextKey: symbol | undefined

/** The route that a request goes to; undefined where a version of Fastify keeps it elsewhere. */
export function contextOf(request: Request): RouteContext | undefined {
  if (contextKey !== undefined) {
    const context = request[contextKey]
    if (context !== undefined) return context
  }
  // Another copy of Fastify has another symbol.
  const key = symbolNamed(request, 'fastify.context')
  if (key === undefined) return request.context
  contextKey = key
  return request[key]
}

/** The route that `reply.callNotFound()` goes to. */
export function notFoundContextOf(context: RouteContext): RouteContext | undefined {
  const key = symbolNamed(context, 'fastify.404ContextKey')
  return key === undefined ? undefined : (context[key] ?? undefined)
}

function internalOf(application: Application, description: string): unknown {
  const key = symbolNamed(application, description)
  return key === undefined ? undefined : Reflect.get(application, key)
}

/** The `onRequest` hooks of an instance in the order in which they run; undefined where a version keeps them elsewhere. */
export function onRequestHooksOf(application: Application): Hook[] | undefined {
  return (internalOf(application, 'fastify.hooks') as { readonly onRequest?: Hook[] } | undefined)?.onRequest
}

/** The prototype of an instance's replies. */
export function repliesOf(application: Application): object {
  return (internalOf(application, 'fastify.Reply') as { readonly prototype: object }).prototype
}

/** The instances within an instance. */
export function instancesWithin(application: Application): readonly Application[] {
  return (internalOf(application, 'fastify.children') as readonly Application[] | undefined) ?? []
}
