import {
  DETACHED,
  descriptorOf,
  disguise,
  ErrorTrace,
  EXPLAINED,
  failed,
  HIJACKED,
  keepStatus,
  lifecycleMember,
  momentOf,
  now,
  reportOnly,
  SENDS_STAGED,
} from '@respond-once/core/adapter'
import type { KoaContext } from './application.ts'
import { type Flow, flowOf } from './flow.ts'

/** The application takes the answer away from Koa, or gives it back. */
function hijack(flow: Flow | undefined, respond: unknown): void {
  if (flow === undefined) return
  if (respond === false) {
    flow.record.bits |= HIJACKED
    keepStatus(flow.context.res, flow.record)
  } else flow.record.bits &= ~HIJACKED
}

/**
 * `ctx.respond`. Only Koa's own `respond` reads it and then, at once, `ctx.writable`: that is when it answers. To
 * assign to it gives the `ctx` a property of its own, as it does without the guard.
 */
function respondMember(native: PropertyDescriptor | undefined): PropertyDescriptor {
  return {
    configurable: true,
    get(this: KoaContext): unknown {
      const flow = flowOf(this.res)
      if (flow !== undefined) flow.asked = true
      return native?.get === undefined ? native?.value : native.get.call(this)
    },
    set(this: KoaContext, value: unknown): void {
      let respond = value
      const flow = flowOf(this.res)
      hijack(flow, value)
      Object.defineProperty(this, 'respond', {
        configurable: true,
        enumerable: true,
        get: () => {
          if (flow !== undefined) flow.asked = respond !== false
          return respond
        },
        set: (assigned: unknown) => {
          respond = assigned
          hijack(flow, assigned)
        },
      })
    },
  }
}

function writableMember(native: PropertyDescriptor): PropertyDescriptor {
  const get = native.get as () => boolean
  return {
    ...native,
    configurable: true,
    get: disguise(function (this: KoaContext): boolean {
      const writable = get.call(this)
      const flow = flowOf(this.res)
      if (flow?.asked === true) {
        flow.asked = false
        if (writable) flow.record.bits |= SENDS_STAGED
      }
      return writable
    }, get),
  }
}

/**
 * A chain that cannot be reached, such as one inside of a mount, was run on twice: the error that koa-compose raises says
 * where the second time was.
 */
function tellRepeated({ record, context: { res } }: Flow, error: unknown): void {
  if (!(error instanceof Error) || error.message !== 'next() called multiple times') return
  if ((record.bits & EXPLAINED) !== 0) return
  const told = reportOnly(res, record, 'next-called-twice', 'koa-compose', () => {
    const trace = new ErrorTrace(error, record.guard.judge.isWrapper)
    const isComposed = trace.frames.some(({ packageName }) => packageName === 'koa-compose')
    return isComposed ? { second: momentOf('next', trace) } : undefined
  })
  if (told) record.bits |= EXPLAINED
}

/** Koa answers for an error where nothing is out yet; what was to be answered before is given up. */
function answerForError(flow: Flow, error: unknown): void {
  const { record, context } = flow
  const { res } = context
  const { guard } = record
  if (res.headersSent || res.writableEnded) return
  guard.release(res, record)
  const trace = guard.judge.traces ? new ErrorTrace(error, guard.judge.isWrapper) : undefined
  flow.operation = 'throw'
  flow.staged = { operation: 'throw', trace, at: now(), status: 500, passes: flow.passes, restore: undefined }
  record.bits |= SENDS_STAGED
}

function onerrorMember(native: PropertyDescriptor): PropertyDescriptor {
  const onerror = native.value as (this: KoaContext, error: unknown) => unknown
  return {
    ...native,
    configurable: true,
    value: disguise(function (this: KoaContext, error: unknown): unknown {
      const flow = flowOf(this.res)
      if (error === null || error === undefined || flow === undefined || (flow.record.bits & DETACHED) !== 0)
        return Reflect.apply(onerror, this, arguments)
      tellRepeated(flow, error)
      failed(this.res, flow.record, error, 0, 'dropped')
      answerForError(flow, error)
      try {
        return Reflect.apply(onerror, this, arguments)
      } finally {
        flow.record.bits &= ~SENDS_STAGED
      }
    }, onerror),
  }
}

/** The guard's members for an application's own `context`, the prototype of every `ctx`. */
export function contextMembers(context: object): PropertyDescriptorMap {
  const members: PropertyDescriptorMap = {
    respond: respondMember(descriptorOf(context, 'respond')),
    lifecycle: lifecycleMember<KoaContext>(({ res }) => res),
  }
  const [writable, onerror] = [descriptorOf(context, 'writable'), descriptorOf(context, 'onerror')]
  if (writable?.get !== undefined) members.writable = writableMember(writable)
  if (onerror !== undefined) members.onerror = onerrorMember(onerror)
  return members
}
