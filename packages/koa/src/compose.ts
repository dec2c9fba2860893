import { passedOn, type TracePoint } from '@respond-once/core/adapter'
import type { KoaContext, Middleware, Next } from './application.ts'
import { type Flow, flowOf, Passage } from './flow.ts'

// The guard composes middleware itself, as koa-compose does: Koa copies its list when it is served, so that a function in
// it can no longer be replaced. Promises are passed on as they are, and no listener is added to them.

/** Calls one middleware; the stack is searched for this name, and for `callFollowed`. A result that is no promise becomes one; a throw becomes a rejection. */
function runMiddleware(passage: Passage, middleware: Middleware, context: KoaContext): Promise<unknown> {
  let result: Promise<unknown>
  try {
    result = Promise.resolve(middleware.call(undefined, context, dispatch.bind(null, passage)))
  } catch (error) {
    result = Promise.reject(error)
  }
  passage.result = result
  return result
}

/** The `next` of one run of a middleware. Its name is koa-compose's, which shows in stacks. */
function dispatch(passage: Passage): Promise<unknown> {
  if (passage.called) return again(passage)
  passage.called = true
  const { flow, forward } = passage
  flow.passes++
  const { record, context } = flow
  passage.trace = record.guard.passes(context.res, record)
  passage.downstream = forward === undefined ? compose(flow, passage.following) : forward()
  return passage.downstream
}

/** Koa's own words. */
const multipleTimes = () => new Error('next() called multiple times')

/** A middleware has called its `next` a second time. */
function again(passage: Passage): Promise<unknown> {
  const { flow, trace, forward } = passage
  const { record, context } = flow
  const native = multipleTimes()
  try {
    const place = record.guard.judge.host.placeOf(context.res, record)
    const action = passedOn(context.res, record, 'next-called-twice', trace, undefined, place, native)
    if (action === 'suppress') return passage.downstream ?? Promise.resolve().then(() => passage.downstream)
  } catch (error) {
    return Promise.reject(error)
  }
  return forward === undefined ? Promise.reject(native) : forward()
}

/** Runs the chain from one of its middlewares on. */
export function compose(flow: Flow, at: number): Promise<unknown> {
  const middleware = flow.chain[at]
  if (middleware === undefined) return Promise.resolve()
  return runMiddleware(new Passage(flow, at + 1, undefined), middleware, flow.context)
}

/** Calls a middleware that somebody else composes. */
export function callFollowed(middleware: Middleware, self: unknown, context: KoaContext, next: Next): unknown {
  const flow = flowOf(context.res)
  if (flow === undefined) return middleware.call(self, context, next)
  const passage = new Passage(flow, 0, next)
  const result = middleware.call(self, context, dispatch.bind(null, passage))
  if (result instanceof Promise) passage.result = result
  return result
}

/** The place where `next` was called last. */
export function lastPassed({ last }: Flow): TracePoint | undefined {
  for (let passage = last; passage !== undefined; passage = passage.previous) {
    if (passage.trace !== undefined) return passage.trace
  }
  return undefined
}
