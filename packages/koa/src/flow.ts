import { inspect } from 'node:util'
import { type ResponseRecord, recordOf, type StagedAnswer, type TracePoint } from '@respond-once/core/adapter'
import type { KoaContext, Middleware } from './application.ts'

/** An answer that waits for Koa to send it, with what is known of it; made where a trace or a rule asks for it. */
export interface Staged extends StagedAnswer {
  readonly status: number
  /** A status of 400 and more that was set after the body: where. */
  refusedAt?: TracePoint | undefined
  /** How often control had been passed on when it was given. */
  readonly passes: number
  /** Brings the answer back as it was. */
  readonly restore: (() => void) | undefined
}

/** What the guard keeps of one request on its way through Koa. */
export class Flow {
  readonly context: KoaContext
  readonly record: ResponseRecord
  /** The middleware that the guard composes. */
  chain: readonly Middleware[] = []
  entered = false
  /** What answers when Koa does: `ctx.body`, `ctx.redirect`; undefined while nothing is staged. */
  operation: string | undefined = undefined
  staged: Staged | undefined = undefined
  /** The body was read since it was set. */
  read = false
  /** `ctx.respond` was read last: Koa's own `respond` reads `ctx.writable` next. */
  asked = false
  /** How often control was passed on. */
  passes = 0
  /** The run of a middleware that was begun last. */
  last: Passage | undefined = undefined

  constructor(context: KoaContext, record: ResponseRecord) {
    this.context = context
    this.record = record
    record.layer = this
  }
}

/** The flow of a response that this guard follows through Koa. */
export function flowOf(response: object): Flow | undefined {
  const layer = recordOf(response)?.layer
  return layer instanceof Flow ? layer : undefined
}

/** One run of one middleware, and what it has started. */
export class Passage {
  readonly flow: Flow
  /** Which middleware follows, in the chain that the guard composes. */
  readonly following: number
  /** The `next` that somebody else composed. */
  readonly forward: (() => Promise<unknown>) | undefined
  readonly previous: Passage | undefined
  called = false
  /** Where it passed control on. */
  trace: TracePoint | undefined = undefined
  result: Promise<unknown> | undefined = undefined
  downstream: Promise<unknown> | undefined = undefined

  constructor(flow: Flow, following: number, forward: (() => Promise<unknown>) | undefined) {
    this.flow = flow
    this.following = following
    this.forward = forward
    this.previous = flow.last
    flow.last = this
  }
}

/** The middleware that was begun last; undefined where somebody else composed it. */
export function lastBegun({ chain, last }: Flow): Middleware | undefined {
  return last === undefined ? undefined : chain[last.following - 1]
}

/** Whether a promise has not settled; asked without a listener, which would change whether a rejection is handled. */
function isPending(promise: Promise<unknown>): boolean {
  return inspect(promise, { depth: 0, customInspect: false, maxArrayLength: 0, maxStringLength: 0 }).includes(
    '<pending>',
  )
}

/** The run of a middleware that has ended although what it has started goes on: an `await` is missing, or it timed out. */
export function abandoning({ last }: Flow): Passage | undefined {
  for (let passage = last; passage !== undefined; passage = passage.previous) {
    const { result, downstream } = passage
    if (result !== undefined && downstream !== undefined && isPending(downstream) && !isPending(result)) return passage
  }
  return undefined
}
