import {
  currentRun,
  DETACHED,
  disguise,
  enterRun,
  failed,
  INSIDE,
  leaveRun,
  type Next,
  RESPONDED,
  type ResponseRecord,
  recordOf,
  settling,
  trackNext,
  watchRejection,
} from '@respond-once/core/adapter'
import type { ExpressNext, ExpressRequest, ExpressResponse, Layer } from './application.ts'
import { releaseUnlessPassed } from './pending.ts'
import { guardAnew } from './response.ts'
import { expressHost } from './route.ts'

type HandleRequest = (this: Layer, request: ExpressRequest, response: ExpressResponse, next: ExpressNext) => unknown
type HandleError = (this: Layer, error: unknown, ...rest: Parameters<HandleRequest>) => unknown

/** The methods by which a layer calls its handler; Express 4 writes them with underscores. */
interface LayerPrototype {
  handle_request?: HandleRequest
  handle_error?: HandleError
  handleRequest?: HandleRequest
  handleError?: HandleError
}

const initializers = new WeakMap<object, boolean>()

/** Express 4 begins with a layer that keeps its `next` on the request, for `res.render` and `res.sendFile` to call again. */
function keepsNext({ handle }: Layer): boolean {
  let keeps = initializers.get(handle)
  if (keeps === undefined) {
    keeps = /req\.next\s*=\s*next/.test(Function.prototype.toString.call(handle))
    initializers.set(handle, keeps)
  }
  return keeps
}

/** A response's record, where this layer is a handler: a route is entered by its own layers. */
function followed(layer: Layer, response: ExpressResponse): ResponseRecord | undefined {
  if (layer.route !== undefined || (layer.name === 'expressInit' && keepsNext(layer))) return undefined
  const record = recordOf(response)
  if (record === undefined || (record.bits & DETACHED) !== 0) return undefined
  guardAnew(response)
  return record
}

/** One more handler runs. It is the application, even where Express calls it from within a public call. */
function enter(layer: Layer, record: ResponseRecord): number {
  record.bits &= ~INSIDE
  // Once somebody has responded, who that was is what matters. Another framework's guard keeps something else there.
  if ((record.bits & RESPONDED) === 0 && record.guard.judge.host === expressHost) record.layer = layer
  return enterRun(record)
}

/** Express 4 drops a handler's promise. */
function callHandler(
  layer: Layer,
  response: ExpressResponse,
  record: ResponseRecord,
  next: Next,
  args: unknown[],
): void {
  const run = currentRun(record)
  try {
    const handler = layer.handle as (...args: unknown[]) => unknown
    const result = handler(...args, next)
    if (typeof result === 'object') watchRejection(result, response, record, run)
  } catch (error) {
    next.call(undefined, error)
  }
}

/** The layer as it is, but for a handler whose promise is followed: Express 5 keeps it to itself. */
function watched(layer: Layer, record: ResponseRecord): Layer {
  const handle = disguise(function (this: unknown, ...args: never[]): unknown {
    const result = Reflect.apply(layer.handle, this, args)
    // Express handles the rejection; this only sees it end.
    if (result instanceof Promise) settling(result, record).catch(() => {})
    return result
  }, layer.handle)
  return Object.create(layer, { handle: { value: handle } }) as Layer
}

function hookRequest(native: HandleRequest, dropsPromises: boolean): HandleRequest {
  return disguise(
    function (this: Layer, request, response, next) {
      const record = followed(this, response)
      if (record === undefined || this.handle.length > 3) return native.call(this, request, response, next)
      releaseUnlessPassed(record, response)
      const inside = record.bits & INSIDE
      const before = enter(this, record)
      const tracked = trackNext(response, record, next as Next)
      try {
        if (dropsPromises) return callHandler(this, response, record, tracked, [request, response])
        const layer = record.guard.waits ? watched(this, record) : this
        return native.call(layer, request, response, tracked as ExpressNext)
      } finally {
        leaveRun(record, before)
        record.bits |= inside
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
      releaseUnlessPassed(record, response)
      failed(response, record, error, currentRun(record))
      const inside = record.bits & INSIDE
      const before = enter(this, record)
      const tracked = trackNext(response, record, next as Next, error)
      try {
        if (dropsPromises) return callHandler(this, response, record, tracked, [error, request, response])
        return native.call(this, error, request, response, tracked as ExpressNext)
      } finally {
        leaveRun(record, before)
        record.bits |= inside
      }
    } as HandleError,
    native,
  )
}

/** The prototypes that are hooked. Another copy of this package hooks for its own records. */
const hooked = new WeakSet<object>()

/** Hooks the prototype of all layers of this copy of Express. Responses without a record pass untouched. */
export function hookLayers(layer: Layer): void {
  const prototype = Object.getPrototypeOf(layer) as LayerPrototype
  if (hooked.has(prototype)) return
  hooked.add(prototype)
  if (prototype.handle_request) prototype.handle_request = hookRequest(prototype.handle_request, true)
  if (prototype.handle_error) prototype.handle_error = hookError(prototype.handle_error, true)
  if (prototype.handleRequest) prototype.handleRequest = hookRequest(prototype.handleRequest, false)
  if (prototype.handleError) prototype.handleError = hookError(prototype.handleError, false)
}
