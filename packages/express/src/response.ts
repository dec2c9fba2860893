import { lifecycleOf } from '@respond-once/core'
import {
  ANSWER,
  AWAITS_FILE,
  AWAITS_VIEW,
  type Below,
  disguise,
  FINISHED,
  INSIDE,
  inside,
  judgeBody,
  membersOver,
  type NodeResponse,
  PIPE,
  RESPONDED,
  type ResponseRecord,
  recordOf,
  takeBack,
  UNJUDGED,
} from '@respond-once/core/adapter'
import type { Application, ExpressResponse } from './application.ts'

type Method = (this: ExpressResponse, ...args: unknown[]) => unknown

/** What lies below, with the methods that Express adds. */
type ExpressBelow = Below & { base: NodeResponse & Readonly<Record<string, Method>> }

/** Answers that are complete when they return, and whether they return the response. */
const IMMEDIATE = { send: true, json: true, jsonp: true, sendStatus: true, redirect: false } as const
const WITH_BODY: ReadonlySet<string> = new Set(['send', 'json', 'jsonp'])

/** Answers that read a file first. Express 4 has `sendfile` too. */
const FROM_FILE = ['sendFile', 'sendfile', 'download'] as const

function immediate(below: ExpressBelow, key: keyof typeof IMMEDIATE): Method {
  const operation = `res.${key}`
  const hasBody = WITH_BODY.has(key)
  return function () {
    const record = recordOf(this)
    if (record === undefined || (record.bits & UNJUDGED) !== 0)
      return Reflect.apply(below.base[key] as Method, this, arguments)
    const { state } = record
    if (!record.guard.allow(this, record, ANSWER, operation)) return IMMEDIATE[key] ? this : undefined
    if (hasBody && arguments.length > 0 && arguments[0] !== '') judgeBody(this, record, operation)
    record.bits |= INSIDE
    try {
      const result = Reflect.apply(below.base[key] as Method, this, arguments)
      record.state = FINISHED
      return result
    } catch (error) {
      takeBack(this, record, state)
      throw error
    } finally {
      record.bits &= ~INSIDE
    }
  }
}

/** Runs a callback of the application: what it does is its own again, even where Express calls it at once. */
function asApplication(record: ResponseRecord, callback: Method, before: (error: unknown) => void): Method {
  return function (this: unknown, ...args: unknown[]) {
    const insideBefore = record.bits & INSIDE
    record.bits &= ~INSIDE
    before(args[0])
    try {
      return Reflect.apply(callback, this, args)
    } finally {
      record.bits |= insideBefore
    }
  } as Method
}

function fromFile(below: ExpressBelow, key: string): Method {
  const operation = `res.${key}`
  return function (...args) {
    const record = recordOf(this)
    if (record === undefined || (record.bits & UNJUDGED) !== 0)
      return Reflect.apply(below.base[key] as Method, this, args)
    const at = args.findIndex((arg) => typeof arg === 'function')
    const callback = args[at] as Method | undefined
    if (!record.guard.allow(this, record, ANSWER, operation)) {
      if (callback !== undefined) process.nextTick(callback as () => void)
      return undefined
    }
    record.bits |= AWAITS_FILE
    if (callback !== undefined) {
      args[at] = asApplication(record, callback, (error) => {
        if (error && record.operation === operation) record.guard.release(this, record)
      })
    }
    return inside(this, record, () => Reflect.apply(below.base[key] as Method, this, args))
  }
}

/** With a callback, `render` answers nothing; without, it sends what it has rendered, later. */
function render(below: ExpressBelow): Method {
  return function (view, options, callback) {
    const record = recordOf(this)
    const native = below.base.render as Method
    const answers = typeof options !== 'function' && typeof callback !== 'function'
    if (record === undefined || (record.bits & UNJUDGED) !== 0 || !answers)
      return Reflect.apply(native, this, arguments)
    if (!record.guard.allow(this, record, ANSWER, 'res.render')) return undefined
    record.bits |= AWAITS_VIEW
    const { req } = this
    const rendered = (error: unknown, text: unknown): unknown => {
      const ours = record.operation === 'res.render'
      if (error) {
        if (ours) record.guard.release(this, record)
        return req.next?.(error)
      }
      record.bits &= ~AWAITS_VIEW
      inside(this, record, () => (this as ExpressResponse & { send: Method }).send(text))
      record.state = FINISHED
      return undefined
    }
    return inside(this, record, () => native.call(this, view, options ?? {}, rendered))
  }
}

/** `format` answers through the handler that it chooses, which is the application; by itself it only sets headers. */
function format(below: ExpressBelow): Method {
  return function () {
    const record = recordOf(this)
    if (record !== undefined && (record.bits & UNJUDGED) === 0 && (record.bits & RESPONDED) !== 0) {
      if (!record.guard.allow(this, record, PIPE, 'res.format')) return this
    }
    return Reflect.apply(below.base.format as Method, this, arguments)
  }
}

/** An object that holds what the application's own response prototype had, over what that inherits from. */
function belowOf(application: Application, keys: readonly string[]): ExpressBelow {
  const { response } = application
  const own = keys.flatMap((key) => {
    const descriptor = Object.getOwnPropertyDescriptor(response, key)
    return descriptor === undefined ? [] : [[key, descriptor] as const]
  })
  return { base: Object.create(Object.getPrototypeOf(response), Object.fromEntries(own)) }
}

/** Gives the application's response prototype the guard's members. */
export function guardResponses(application: Application): void {
  const { response } = application
  const below = belowOf(application, [])
  const answers: Record<string, Method> = { render: render(below), format: format(below) }
  for (const key of Object.keys(IMMEDIATE) as (keyof typeof IMMEDIATE)[]) answers[key] = immediate(below, key)
  for (const key of FROM_FILE) answers[key] = fromFile(below, key)
  const members = membersOver(below)
  for (const [key, value] of Object.entries(answers)) {
    const native = (below.base as Readonly<Record<string, unknown>>)[key]
    if (typeof native !== 'function') continue
    members[key] = { configurable: true, enumerable: true, writable: true, value: disguise(value, native) }
  }
  const own = belowOf(application, Object.keys(members))
  below.base = own.base
  // Mounting changes what the prototype inherits from.
  application.on('mount', () => Object.setPrototypeOf(below.base, Object.getPrototypeOf(response)))
  members.lifecycle = {
    configurable: true,
    get(this: object) {
      return lifecycleOf(this)
    },
    set(this: object, value: unknown) {
      Object.defineProperty(this, 'lifecycle', { configurable: true, enumerable: true, writable: true, value })
    },
  }
  Object.defineProperties(response, members)
}
