import {
  DETACHED,
  disguise,
  failed,
  INSIDE,
  type Next,
  type ResponseRecord,
  RUN_MASK,
  recordOf,
  trackNext,
  watchRejection,
} from '@respond-once/core/adapter'
import type { ExpressNext, ExpressRequest, ExpressResponse, Handler, Layer, Router } from './application.ts'
import { releaseUnlessPassed } from './handle.ts'

type HandleRequest = (this: Layer, request: ExpressRequest, response: ExpressResponse, next: ExpressNext) => unknown
type HandleError = (this: Layer, error: unknown, ...rest: Parameters<HandleRequest>) => unknown

/** The methods by which a layer calls its handler; Express 4 writes them with underscores. */
interface LayerPrototype {
  handle_request?: HandleRequest
  handle_error?: HandleError
  handleRequest?: HandleRequest
  handleError?: HandleError
}

/** Marks a prototype that is hooked, for every copy of this package. */
const HOOKED = Symbol.for('respond-once.express.hooked')

function once(prototype: object): boolean {
  if (Object.hasOwn(prototype, HOOKED)) return false
  Object.defineProperty(prototype, HOOKED, { value: true })
  return true
}

/** A response's record, where this layer is a handler of the application: a route is entered by its own layers. */
function followed(layer: Layer, response: ExpressResponse): ResponseRecord | undefined {
  if (layer.route !== undefined) return undefined
  const record = recordOf(response)
  return record === undefined || (record.bits & DETACHED) !== 0 ? undefined : record
}

/** One more handler runs. It is the application, even where Express calls it from within a public call. */
function enter(layer: Layer, record: ResponseRecord, response: ExpressResponse): number {
  const { bits } = record
  if (record.isPending()) releaseUnlessPassed(record, response)
  record.bits &= ~INSIDE
  record.layer = layer
  record.run = (record.run & ~RUN_MASK) | ((record.run + 1) & RUN_MASK)
  return bits & INSIDE
}

/** Routers and mounted applications pass on what others have passed on before. */
function isTransparent({ name, handle }: Layer): boolean {
  return Array.isArray(handle.stack) || name === 'mounted_app' || name === 'query' || name === 'expressInit'
}

function nextFor(layer: Layer, response: ExpressResponse, record: ResponseRecord, next: ExpressNext): ExpressNext {
  return isTransparent(layer) ? next : (trackNext(response, record, next as Next) as ExpressNext)
}

/** Express 4 drops a handler's promise. */
function callHandler(
  layer: Layer,
  response: ExpressResponse,
  record: ResponseRecord,
  next: ExpressNext,
  args: unknown[],
): void {
  const run = record.run & RUN_MASK
  try {
    const handler = layer.handle as (...args: unknown[]) => unknown
    const result = handler(...args, next)
    if (typeof result === 'object') watchRejection(result, response, record, run)
  } catch (error) {
    next(error)
  }
}

function hookRequest(native: HandleRequest, dropsPromises: boolean): HandleRequest {
  return disguise(
    function (this: Layer, request, response, next) {
      const record = followed(this, response)
      if (record === undefined || this.handle.length > 3) return native.call(this, request, response, next)
      const insideBefore = enter(this, record, response)
      const tracked = nextFor(this, response, record, next)
      try {
        if (dropsPromises) return callHandler(this, response, record, tracked, [request, response])
        return native.call(this, request, response, tracked)
      } finally {
        record.bits |= insideBefore
      }
    } as HandleRequest,
    native,
  )
}

function hookError(native: HandleError, dropsPromises: boolean): HandleError {
  return disguise(
    function (this: Layer, error, request, response, next) {
      const record = followed(this, response)
      if (record === undefined || this.handle.length !== 4) return native.call(this, error, request, response, next)
      failed(response, record, error, record.run & RUN_MASK)
      const insideBefore = enter(this, record, response)
      const tracked = nextFor(this, response, record, next)
      try {
        if (dropsPromises) return callHandler(this, response, record, tracked, [error, request, response])
        return native.call(this, error, request, response, tracked)
      } finally {
        record.bits |= insideBefore
      }
    } as HandleError,
    native,
  )
}

/** Hooks the prototype of all layers of this copy of Express. Responses without a record pass untouched. */
export function hookLayers(layer: Layer): void {
  const prototype = Object.getPrototypeOf(layer) as LayerPrototype
  if (!once(prototype)) return
  if (prototype.handle_request) prototype.handle_request = hookRequest(prototype.handle_request, true)
  if (prototype.handle_error) prototype.handle_error = hookError(prototype.handle_error, true)
  if (prototype.handleRequest) prototype.handleRequest = hookRequest(prototype.handleRequest, false)
  if (prototype.handleError) prototype.handleError = hookError(prototype.handleError, false)
}

type ParamHandler = (
  request: ExpressRequest,
  response: ExpressResponse,
  next: ExpressNext,
  ...rest: unknown[]
) => unknown

function followParam(handler: ParamHandler): ParamHandler {
  return disguise(
    function (this: unknown, request, response, next, ...rest) {
      const record = recordOf(response)
      if (record === undefined || (record.bits & DETACHED) !== 0)
        return handler.call(this, request, response, next, ...rest)
      record.run = (record.run & ~RUN_MASK) | ((record.run + 1) & RUN_MASK)
      const run = record.run & RUN_MASK
      const result = handler.call(
        this,
        request,
        response,
        trackNext(response, record, next as Next) as ExpressNext,
        ...rest,
      )
      if (typeof result === 'object') watchRejection(result, response, record, run)
      return result
    } as ParamHandler,
    handler,
  )
}

/** Follows the handlers of `app.param` and `router.param` that are added from now on. */
export function hookParams(router: Router): void {
  let prototype: { param?: (name: unknown, handler: unknown) => unknown } = router as never
  while (prototype !== null && !Object.hasOwn(prototype, 'param')) prototype = Object.getPrototypeOf(prototype)
  const { param } = prototype ?? {}
  if (param === undefined || !once(prototype)) return
  prototype.param = disguise(function (this: unknown, name: unknown, handler: unknown) {
    const followedHandler =
      typeof name === 'string' && typeof handler === 'function' ? followParam(handler as ParamHandler) : handler
    return param.call(this, name, followedHandler)
  }, param)
}

export type { Handler }
