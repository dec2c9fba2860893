import {
  ANSWER,
  descriptorOf,
  disguise,
  FINISHED,
  HEADER,
  HIJACKED,
  hasBegun,
  INSIDE,
  isGone,
  judgeBody,
  now,
  RESPONDED,
  recordOf,
  SENDS_STAGED,
  STATUS,
  UNJUDGED,
} from '@respond-once/core/adapter'
import type { KoaResponse } from './application.ts'
import { type Flow, flowOf } from './flow.ts'
import { isJudged, mayReplace, restorerOf } from './overwriting.ts'

// What Koa swallows: it ignores a header or a status once the headers are out, and keeps a body for nobody.

type Method = (this: KoaResponse, ...args: never[]) => unknown

/** The application has nothing to do with this, or Koa has nothing to do with the answer. */
const IGNORED = UNJUDGED | HIJACKED | SENDS_STAGED

/** An empty body is no second answer. */
const hasContent = (value: unknown) => value !== undefined && value !== null && value !== ''

/** May the application answer now? Until Koa does, an answer is only staged and may be replaced. */
function mayAnswer(flow: Flow, name: string, value: unknown): boolean {
  const { record, context } = flow
  const { res } = context
  record.bits &= ~SENDS_STAGED
  if ((record.bits & HIJACKED) !== 0) return true
  // A head alone may still get its body; a redirect is all head.
  const begun = res.headersSent && (name === 'ctx.redirect' || hasBegun(record))
  const taken = (record.bits & RESPONDED) !== 0 || record.state === FINISHED || begun
  if (taken || (record.guard.judgesClose && isGone(res))) return record.guard.allow(res, record, ANSWER, name)
  return flow.staged === undefined || mayReplace(flow, name, value)
}

/** Remembers what Koa will answer with. */
function stage(flow: Flow, operation: string): void {
  const { record, context, passes } = flow
  const { judge } = record.guard
  const { res } = context
  flow.operation = operation
  flow.read = false
  const status = res.statusCode
  const rare = isJudged(flow, operation, status)
  const trace = judge.capture(res, record) ?? (rare ? judge.captureRare() : undefined)
  const restore = rare ? restorerOf(flow) : undefined
  flow.staged = trace === undefined ? undefined : { operation, trace, at: now(), status, passes, restore }
}

/** A status of 400 and more makes a refusal of the body that was given before it. */
function refuseStaged(flow: Flow, status: number): void {
  const { staged, record, passes } = flow
  if (flow.operation !== 'ctx.body' || !isJudged(flow, 'ctx.body', status)) return
  const trace = record.guard.judge.captureRare()
  if (staged !== undefined) staged.refusedAt ??= trace
  else if (trace !== undefined) {
    flow.staged = { operation: 'ctx.status', trace, at: now(), status, passes, restore: restorerOf(flow) }
  }
}

function bodyMember(native: PropertyDescriptor): PropertyDescriptor {
  const [get, set] = [native.get as () => unknown, native.set as (value: unknown) => void]
  return {
    ...native,
    get: disguise(function (this: KoaResponse): unknown {
      const flow = flowOf(this.res)
      if (flow !== undefined) {
        flow.read = true
        flow.asked = false
      }
      return get.call(this)
    }, get),
    set: disguise(function (this: KoaResponse, value: unknown): void {
      const flow = flowOf(this.res)
      if (flow === undefined || (flow.record.bits & UNJUDGED) !== 0) {
        set.call(this, value)
        return
      }
      const { record } = flow
      if (value === null && (record.bits & SENDS_STAGED) !== 0 && hasContent(get.call(this))) {
        judgeBody(this.res, record, 'ctx.body', flow.staged?.trace)
      }
      const answers = hasContent(value)
      if (answers && !mayAnswer(flow, 'ctx.body', value)) return
      record.bits |= INSIDE
      try {
        set.call(this, value)
      } finally {
        record.bits &= ~INSIDE
      }
      flow.asked = false
      if (answers) stage(flow, 'ctx.body')
      else flow.operation ??= 'ctx.body'
    }, set),
  }
}

/** Whether a change that Koa ignores is one of the application's, and is to be made all the same. */
function mayChange(response: KoaResponse, operation: number, name: string): boolean {
  const { res } = response
  const record = recordOf(res)
  if (record === undefined || (record.bits & IGNORED) !== 0) return true
  return record.guard.allow(res, record, operation, name)
}

function statusMember(native: PropertyDescriptor): PropertyDescriptor {
  const set = native.set as (value: unknown) => void
  return {
    ...native,
    set: disguise(function (this: KoaResponse, code: unknown): void {
      const { res } = this
      if (res.headersSent && code !== res.statusCode && !mayChange(this, STATUS, 'ctx.status')) return
      const flow = flowOf(res)
      const read = flow?.read
      set.call(this, code)
      if (flow === undefined || (flow.record.bits & UNJUDGED) !== 0) return
      // Koa has read the body, not the application.
      flow.read = read === true
      if (typeof code === 'number' && code >= 400) refuseStaged(flow, code)
    }, set),
  }
}

function headerMember(native: PropertyDescriptor, key: string): PropertyDescriptor {
  const method = native.value as Method
  const name = `ctx.${key}`
  const value = disguise<Method>(function () {
    if (this.res.headersSent && !mayChange(this, HEADER, name)) return undefined
    return Reflect.apply(method, this, arguments)
  }, method)
  return { ...native, value }
}

function redirectMember(native: PropertyDescriptor): PropertyDescriptor {
  const method = native.value as Method
  const value = disguise<Method>(function () {
    const flow = flowOf(this.res)
    if (flow === undefined || (flow.record.bits & UNJUDGED) !== 0) return Reflect.apply(method, this, arguments)
    if (!mayAnswer(flow, 'ctx.redirect', undefined)) return undefined
    const { record } = flow
    record.bits |= INSIDE
    try {
      return Reflect.apply(method, this, arguments)
    } finally {
      record.bits &= ~INSIDE
      stage(flow, 'ctx.redirect')
    }
  }, method)
  return { ...native, value }
}

const MEMBERS: Readonly<Record<string, (native: PropertyDescriptor, key: string) => PropertyDescriptor>> = {
  body: bodyMember,
  status: statusMember,
  redirect: redirectMember,
  set: headerMember,
  remove: headerMember,
  vary: headerMember,
}

/** The guard's members for an application's own `response`, the prototype of every `ctx.response`. */
export function responseMembers(response: object): PropertyDescriptorMap {
  const members: PropertyDescriptorMap = {}
  for (const [key, member] of Object.entries(MEMBERS)) {
    const native = descriptorOf(response, key)
    if (native !== undefined) members[key] = { ...member(native, key), configurable: true }
  }
  return members
}
