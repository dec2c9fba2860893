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
  lifecycleMember,
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

/** Rarer answers that are complete when they return, and whether they return the response. */
const IMMEDIATE = { jsonp: true, sendStatus: true, redirect: false } as const

/** Answers that read a file first. Express 4 has `sendfile` too. */
const FROM_FILE = ['sendFile', 'sendfile', 'download'] as const

/** The record, where this call is an operation of the application. */
function judged(response: ExpressResponse): ResponseRecord | undefined {
  const record = recordOf(response)
  return record !== undefined && (record.bits & UNJUDGED) === 0 ? record : undefined
}

/**
 * Calls an answer that is complete when it returns. `state` and `bits` are the record's from before it was allowed.
 */
function complete(
  response: ExpressResponse,
  record: ResponseRecord,
  method: Method,
  args: ArrayLike<unknown>,
  state: number,
  bits: number,
): unknown {
  record.bits |= INSIDE
  try {
    const result = Reflect.apply(method, response, args)
    record.state = FINISHED
    return result
  } catch (error) {
    takeBack(response, record, state, bits)
    throw error
  } finally {
    record.bits &= ~INSIDE
  }
}

// `send` and `json` are written out, and not made by one function of their name: most requests pass here, and a computed
// name is slow.

function send(below: ExpressBelow): Method {
  return function (body) {
    const record = judged(this)
    if (record === undefined) return Reflect.apply(below.base.send as Method, this, arguments)
    const { state, bits } = record
    if (!record.guard.allow(this, record, ANSWER, 'res.send')) return this
    if (body !== undefined && body !== '') judgeBody(this, record, 'res.send')
    return complete(this, record, below.base.send as Method, arguments, state, bits)
  }
}

function json(below: ExpressBelow): Method {
  return function () {
    const record = judged(this)
    if (record === undefined) return Reflect.apply(below.base.json as Method, this, arguments)
    const { state, bits } = record
    if (!record.guard.allow(this, record, ANSWER, 'res.json')) return this
    judgeBody(this, record, 'res.json')
    return complete(this, record, below.base.json as Method, arguments, state, bits)
  }
}

function immediate(below: ExpressBelow, key: keyof typeof IMMEDIATE): Method {
  const operation = `res.${key}`
  return function () {
    const record = judged(this)
    if (record === undefined) return Reflect.apply(below.base[key] as Method, this, arguments)
    const { state, bits } = record
    if (!record.guard.allow(this, record, ANSWER, operation)) return IMMEDIATE[key] ? this : undefined
    if (key === 'jsonp') judgeBody(this, record, operation)
    return complete(this, record, below.base[key] as Method, arguments, state, bits)
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
    const { state, bits } = record
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
    return inside(this, record, () => Reflect.apply(below.base[key] as Method, this, args), state, bits)
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
    const { state, bits } = record
    if (!record.guard.allow(this, record, ANSWER, 'res.render')) return undefined
    record.bits |= AWAITS_VIEW
    const { req } = this
    let calls = 0
    const rendered = (error: unknown, text: unknown): unknown => {
      // An engine that calls back twice answers twice.
      calls++
      if (calls > 1 && !error && !record.guard.allow(this, record, ANSWER, 'res.render')) return undefined
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
    return inside(this, record, () => native.call(this, view, options ?? {}, rendered), state, bits)
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

/** Marks prototypes that have the guard's members. */
const MEMBERS = Symbol('respond-once.members')

/** Whether a response, or the prototype of an application's responses, has the guard's members. */
function hasMembers(response: object): boolean {
  return (response as { [MEMBERS]?: true })[MEMBERS] === true
}

const isInherited = Object.prototype.isPrototypeOf

/** The prototype with the guard's members that was seen last: to ask a slow object for the mark is 1,000 instructions. */
let seen: object = {}

/** A response may have come to an application that is called, and not mounted: then it is one of that application's now. */
export function guardAnew(response: ExpressResponse): void {
  if (isInherited.call(seen, response)) return
  if (!hasMembers(response) && response.app !== undefined) guardResponses(response.app)
  const prototype = Object.getPrototypeOf(response) as object
  if (hasMembers(prototype)) seen = prototype
}

/** What the prototypes of applications' responses were, without the members that they have been given. */
const natives = new WeakMap<object, object>()

/**
 * Gives an application's responses the guard's members, or sees to it that those are over the right ones: being mounted
 * changes what an application's responses inherit. They stand on the application's own prototype. What is mounted on it
 * inherits them, other applications do not see them, and there is no further prototype to look through: most responses of
 * Express are slow objects, for which V8 looks through all of them at each access.
 */
export function guardResponses(application: Application): void {
  const { response } = application
  const inherited = Object.getPrototypeOf(response)
  if (hasMembers(response)) {
    const native = natives.get(response)
    if (native !== undefined && Object.getPrototypeOf(native) !== inherited) Object.setPrototypeOf(native, inherited)
    return
  }
  const own = Object.getOwnPropertyDescriptors(response)
  const isOpen = Object.isExtensible(response) && Object.values(own).every(({ configurable }) => configurable === true)
  if (!isOpen) {
    // What cannot be changed gets a prototype over it.
    application.response = Object.create(response, membersOfExpress({ base: response as ExpressBelow['base'] }))
    return
  }
  const native = Object.create(inherited, own) as ExpressBelow['base']
  natives.set(response, native)
  Object.defineProperties(response, membersOfExpress({ base: native }))
}

/** The methods of Express that answer, and what stands in for them. */
const ANSWERS: ReadonlySet<string> = new Set([
  'render',
  'format',
  'send',
  'json',
  ...Object.keys(IMMEDIATE),
  ...FROM_FILE,
])
const standIns = new WeakSet<object>()

/**
 * Whether somebody has put a method of their own over the guard's `res.send`, `res.json` or another one of them, or has
 * given the response its own back.
 */
export function isCovered(response: object, name: string): boolean {
  const key = name.slice('res.'.length)
  if (!ANSWERS.has(key)) return false
  return Object.hasOwn(response, key) || !standIns.has((response as Readonly<Record<string, object>>)[key] as object)
}

function membersOfExpress(below: ExpressBelow): PropertyDescriptorMap {
  const answers: Record<string, Method> = {
    render: render(below),
    format: format(below),
    send: send(below),
    json: json(below),
  }
  for (const key of Object.keys(IMMEDIATE) as (keyof typeof IMMEDIATE)[]) answers[key] = immediate(below, key)
  for (const key of FROM_FILE) answers[key] = fromFile(below, key)
  const members = membersOver(below)
  for (const [key, value] of Object.entries(answers)) {
    const method = below.base[key]
    if (typeof method !== 'function') continue
    members[key] = { configurable: true, enumerable: true, writable: true, value: disguise(value, method) }
    standIns.add(value)
  }
  members.lifecycle = lifecycleMember((response) => response)
  return { ...members, [MEMBERS]: { value: true } }
}
