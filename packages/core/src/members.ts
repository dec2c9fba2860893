import type { ServerResponse } from 'node:http'
import { declareLength, destroyed, judgeBody, judgeLength } from './body.ts'
import type { GuardedResponse } from './host.ts'
import { followPipe } from './pipes.ts'
import {
  type Assigned,
  DETACHED,
  INSIDE,
  MEASURED,
  RESPONDED,
  type ResponseRecord,
  recordOf,
  STREAMING,
  sharedMembers,
  WRAPPED,
} from './record.ts'
import { END, FINISHED, FLUSH, HEAD, HEADER, HEADERS_SENT, HEADERS_SET, INFORM, LAST, STATUS, WRITE } from './state.ts'
import { currentTurn } from './trace.ts'

// The members of a guarded response, over those of Node. Every one returns at once where the response has no record,
// and forwards what it was given as it was given.

/** A response as Node's types know it and as core sees it. */
export type NodeResponse = ServerResponse & GuardedResponse

/** What lies below the guarded prototype. It is read at each call: a mounted app changes its prototype. */
export interface Below {
  base: NodeResponse
}

type Callable = (this: NodeResponse, ...args: never[]) => unknown

const UNJUDGED = INSIDE | DETACHED

/** The record, where this call is an operation of the application. */
function judged(response: NodeResponse): ResponseRecord | undefined {
  const record = recordOf(response)
  return record !== undefined && (record.bits & UNJUDGED) === 0 ? record : undefined
}

/** Gives a stand-in the name and the arity of what it stands for. */
export function disguise<F extends object>(standIn: F, original: unknown): F {
  if (typeof original !== 'function') return standIn
  Object.defineProperty(standIn, 'name', { configurable: true, value: original.name })
  Object.defineProperty(standIn, 'length', { configurable: true, value: original.length })
  return standIn
}

/** Runs a public call of Node or the framework: what it calls in turn is no operation. */
export function inside<T>(response: NodeResponse, record: ResponseRecord, call: () => T): T {
  const { state } = record
  record.bits |= INSIDE
  try {
    return call()
  } catch (error) {
    takeBack(response, record, state)
    throw error
  } finally {
    record.bits &= ~INSIDE
  }
}

/** A call that threw did nothing, if nothing has gone out. */
export function takeBack(response: NodeResponse, record: ResponseRecord, state: number): void {
  if (response.writableEnded) return
  record.guard.release(response, record)
  if (record.state === FINISHED)
    record.state = response.headersSent ? HEADERS_SENT : state === FINISHED ? HEADERS_SET : state
}

/** Remembers how to undo what is staged while another answer is pending. */
function stage(response: NodeResponse, record: ResponseRecord, undo: () => void): void {
  if ((record.bits & RESPONDED) !== 0 && !response.headersSent)
    record.rarely().staged.push({ turn: currentTurn(), undo })
}

function stageHeader(response: NodeResponse, record: ResponseRecord, { base }: Below, name: unknown): void {
  if ((record.bits & RESPONDED) === 0 || typeof name !== 'string') return
  const before = response.getHeader(name)
  stage(response, record, () => {
    if (before === undefined) base.removeHeader.call(response, name)
    else base.setHeader.call(response, name, before)
  })
}

const isContentLength = (name: unknown) =>
  typeof name === 'string' && name.length === 14 && name.toLowerCase() === 'content-length'

function callLater(...candidates: readonly unknown[]): void {
  const callback = candidates.find((candidate) => typeof candidate === 'function')
  if (callback !== undefined) process.nextTick(callback as () => void)
}

function hasData(chunk: unknown): boolean {
  if (chunk === undefined || chunk === null || typeof chunk === 'function') return false
  return (chunk as { length?: number }).length !== 0
}

function lengthOf(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === 'string')
    return Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
  return hasData(chunk) ? ((chunk as Uint8Array).byteLength ?? 0) : 0
}

/** The members that stage headers. `name` comes first in each, but for `setHeaders`. */
function headerMember(below: Below, key: 'setHeader' | 'appendHeader' | 'removeHeader' | 'setHeaders'): Callable {
  const operation = `res.${key}`
  return function (this: NodeResponse, name: never, value: never): unknown {
    const record = judged(this)
    if (record !== undefined) {
      if (!record.guard.allow(this, record, HEADER, operation)) return key === 'removeHeader' ? undefined : this
      if ((record.bits & RESPONDED) !== 0) stageHeader(this, record, below, name)
      if (isContentLength(name) || key === 'setHeaders') declareLength(this, record, operation)
    }
    return (below.base[key] as Callable).call(this, name, value)
  }
}

/** The members that send a 1xx response. */
function informMember(below: Below, key: keyof NodeResponse): Callable {
  const operation = `res.${String(key)}`
  return function (this: NodeResponse, ...args: never[]): unknown {
    const record = judged(this)
    if (record !== undefined && !record.guard.allow(this, record, INFORM, operation)) {
      callLater(...args)
      return undefined
    }
    return Reflect.apply(below.base[key] as Callable, this, args)
  }
}

/** `statusCode` or `statusMessage`. Plain data in Node's http, where the value is kept in the record; accessors in http2. */
function statusMember(
  below: Below,
  key: 'statusCode' | 'statusMessage',
  native: PropertyDescriptor,
): PropertyDescriptor {
  const field = key === 'statusCode' ? 'status' : 'statusMessage'
  const isAccessor = native.get !== undefined
  const operation = `res.${key}`
  const read = (response: NodeResponse, record: ResponseRecord) =>
    isAccessor ? native.get?.call(response) : record[field]
  const write = (response: NodeResponse, record: ResponseRecord, value: never) => {
    if (isAccessor) native.set?.call(response, value)
    else record[field] = value
  }
  return {
    configurable: true,
    enumerable: native.enumerable ?? true,
    get(this: NodeResponse) {
      const record = recordOf(this)
      if (record !== undefined && !isAccessor) return record[field]
      return isAccessor ? native.get?.call(this) : below.base[key]
    },
    set(this: NodeResponse, value: never) {
      const record = recordOf(this)
      if (record === undefined) {
        if (isAccessor) native.set?.call(this, value)
        else Object.defineProperty(this, key, { configurable: true, enumerable: true, writable: true, value })
        return
      }
      if ((record.bits & UNJUDGED) === 0) {
        // Reading is not writing, and neither is assigning what is there.
        if (this.headersSent && (isAccessor && key === 'statusMessage' ? false : value === read(this, record))) return
        if (!record.guard.allow(this, record, STATUS, operation)) return
        if ((record.bits & RESPONDED) !== 0) {
          const before = read(this, record) as never
          stage(this, record, () => write(this, record, before))
        }
      }
      write(this, record, value)
    },
  }
}

type Perform = (response: NodeResponse, record: ResponseRecord, inner: Callable, args: ArrayLike<never>) => unknown

const performWrite: Perform = (response, record, inner, args) => {
  if ((record.bits & STREAMING) === 0 || record.state === FINISHED) {
    if (!record.guard.allow(response, record, WRITE, 'res.write')) {
      callLater(args[1], args[2])
      return true
    }
    judgeBody(response, record, 'res.write')
  }
  return inside(response, record, () => Reflect.apply(inner, response, args))
}

const performEnd: Perform = (response, record, inner, args) => {
  const data = hasData(args[0])
  const { state } = record
  if (!record.guard.allow(response, record, data ? LAST : END, 'res.end')) {
    callLater(args[0], args[1], args[2])
    return response
  }
  if (data) judgeBody(response, record, 'res.end')
  record.bits |= INSIDE
  try {
    return Reflect.apply(inner, response, args)
  } catch (error) {
    takeBack(response, record, state)
    throw error
  } finally {
    record.bits &= ~INSIDE
  }
}

const performWriteHead: Perform = (response, record, inner, args) => {
  const { state } = record
  if (!record.guard.allow(response, record, HEAD, 'res.writeHead')) return response
  const headers = typeof args[1] === 'string' ? args[2] : (args[1] ?? args[2])
  if (headers !== undefined) readDeclaredLength(response, record, headers)
  record.bits |= INSIDE
  try {
    return Reflect.apply(inner, response, args)
  } catch (error) {
    takeBack(response, record, state)
    throw error
  } finally {
    record.bits &= ~INSIDE
  }
}

/** Headers given to writeHead are not seen by getHeader: an object, a flat list, or a list of pairs. */
function readDeclaredLength(response: NodeResponse, record: ResponseRecord, headers: object): void {
  const entries: readonly unknown[] = Array.isArray(headers) ? headers.flat() : Object.entries(headers).flat()
  const at = entries.findIndex((entry, index) => index % 2 === 0 && isContentLength(entry))
  if (at === -1) return
  declareLength(response, record, 'res.writeHead')
  record.rarely().declaredLength = Number(entries[at + 1])
}

/** Counts what reaches Node, where a Content-Length was set by hand. */
function measure(
  response: NodeResponse,
  record: ResponseRecord,
  chunk: unknown,
  encoding: unknown,
  ended: boolean,
): void {
  const rare = record.rarely()
  rare.writtenLength += lengthOf(chunk, encoding)
  if (!ended) return
  record.bits &= ~MEASURED
  const header = response.getHeader('content-length')
  const declared = header === undefined ? rare.declaredLength : Number(header)
  if (declared !== undefined) judgeLength(response, record, declared, rare.writtenLength)
}

type Wrappable = 'end' | 'write' | 'writeHead'

const PERFORM: { readonly [K in Wrappable]: Perform } = {
  end: performEnd,
  write: performWrite,
  writeHead: performWriteHead,
}

/**
 * The lowest level of `end`, `write` or `writeHead`. Where a library has put its own function on top, a call that enters
 * here, also later, is that function going on, and no operation.
 */
function lowest(below: Below, key: Wrappable): Callable {
  const perform = PERFORM[key]
  return function (this: NodeResponse, a: never, b: never, c: never): unknown {
    const record = recordOf(this)
    if (record === undefined || (record.bits & DETACHED) !== 0) return (below.base[key] as Callable).call(this, a, b, c)
    if ((record.bits & MEASURED) !== 0 && key !== 'writeHead') {
      if (record.bits & INSIDE || record.rare?.[key] !== undefined) measure(this, record, a, b, key === 'end')
    }
    if ((record.bits & INSIDE) !== 0) return (below.base[key] as Callable).call(this, a, b, c)
    if ((record.bits & WRAPPED) !== 0 && record.rare?.[key] !== undefined) {
      return inside(this, record, () => (below.base[key] as Callable).call(this, a, b, c))
    }
    return perform(this, record, measured(below, key, record), arguments as ArrayLike<unknown> as ArrayLike<never>)
  }
}

/** Node's own function, which counts where it must. */
function measured(below: Below, key: Wrappable, record: ResponseRecord): Callable {
  const native = below.base[key] as Callable
  if ((record.bits & MEASURED) === 0 || key === 'writeHead') return native
  return function (this: NodeResponse, ...args: never[]) {
    const result = Reflect.apply(native, this, args)
    measure(this, record, args[0], args[1], key === 'end')
    return result
  }
}

/** What stands in for a function that a library has assigned: the guard stays outermost. */
function standIn(record: ResponseRecord, key: Wrappable, inner: Callable, previous: Assigned | undefined): Assigned {
  const outer = function (this: NodeResponse, ...args: never[]): unknown {
    if (recordOf(this) !== record || (record.bits & UNJUDGED) !== 0) return Reflect.apply(inner, this, args)
    if (record.rare?.[key]?.outer === outer) return PERFORM[key](this, record, inner, args)
    return inside(this, record, () => Reflect.apply(inner, this, args))
  }
  return { key, outer: disguise(outer, inner), inner, previous }
}

function assign(record: ResponseRecord, key: Wrappable, value: Callable, base: Callable): void {
  const rare = record.rarely()
  let known = rare[key]
  while (known !== undefined && known.outer !== value) known = known.previous
  rare[key] = value === base ? undefined : (known ?? standIn(record, key, value, rare[key]))
  record.bits |= WRAPPED
}

function wrappableMember(below: Below, key: Wrappable): PropertyDescriptor {
  const base = disguise(lowest(below, key), below.base[key])
  return {
    configurable: true,
    enumerable: true,
    get(this: NodeResponse) {
      const record = recordOf(this)
      if (record === undefined || (record.bits & WRAPPED) === 0) return base
      return record.rare?.[key]?.outer ?? base
    },
    set(this: NodeResponse, value: never) {
      const record = recordOf(this)
      if (record !== undefined && typeof value === 'function') assign(record, key, value, base)
      else Object.defineProperty(this, key, { configurable: true, enumerable: true, writable: true, value })
    },
  }
}

function flushMember(below: Below): Callable {
  return function (this: NodeResponse): void {
    const record = judged(this)
    if (record === undefined) {
      below.base.flushHeaders.call(this)
      return
    }
    record.guard.allow(this, record, FLUSH, 'res.flushHeaders')
    inside(this, record, () => below.base.flushHeaders.call(this))
  }
}

function destroyMember(below: Below): Callable {
  return function (this: NodeResponse, error: never): unknown {
    const record = recordOf(this)
    if (record !== undefined) destroyed(this, record, error)
    return below.base.destroy.call(this, error)
  }
}

function emitMember(below: Below): Callable {
  return function (this: NodeResponse, event: never, subject: never): unknown {
    const record = recordOf(this)
    if (record !== undefined && (record.bits & DETACHED) === 0) {
      if (event === 'finish') record.guard.settled(this, record, isComplete(this))
      else if (event === 'close') record.guard.settled(this, record, false)
      else if (event === 'pipe' && !followPipe(this, record, subject)) return true
      else if (event === 'unpipe') record.guard.unpipe(record, subject)
    }
    return Reflect.apply(below.base.emit as Callable, this, arguments)
  }
}

/** http2 emits 'finish' also when the client has gone. */
function isComplete(response: NodeResponse): boolean {
  return response.writableEnded && (response.stream as { aborted?: boolean } | undefined)?.aborted !== true
}

function descriptorOf(object: object, key: PropertyKey): PropertyDescriptor | undefined {
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, key)
    if (descriptor !== undefined) return descriptor
  }
  return undefined
}

/** The members that guard a response, for the prototype that lies over `below`. What Node lacks is not invented. */
export function membersOver(below: Below): PropertyDescriptorMap {
  const members: PropertyDescriptorMap = { ...sharedMembers }
  const add = (key: string, value: Callable) => {
    const native = descriptorOf(below.base, key)
    if (native === undefined) return
    members[key] = { ...native, configurable: true, value: disguise(value, native.value) }
  }
  for (const key of ['setHeader', 'appendHeader', 'removeHeader', 'setHeaders'] as const)
    add(key, headerMember(below, key))
  for (const key of ['writeContinue', 'writeProcessing', 'writeEarlyHints', 'writeInformation']) {
    add(key, informMember(below, key as keyof NodeResponse))
  }
  for (const key of ['end', 'write', 'writeHead'] as const) members[key] = wrappableMember(below, key)
  for (const key of ['statusCode', 'statusMessage'] as const) {
    members[key] = statusMember(below, key, descriptorOf(below.base, key) ?? { enumerable: true })
  }
  add('flushHeaders', flushMember(below))
  add('destroy', destroyMember(below))
  add('emit', emitMember(below))
  return members
}

/** What was put on the response before it was guarded goes through the guard from now on. */
export function adopt(response: NodeResponse, record: ResponseRecord): void {
  for (const key of ['end', 'write', 'writeHead'] as const) {
    if (!Object.hasOwn(response, key)) continue
    const value = response[key] as Callable
    delete (response as Partial<NodeResponse>)[key]
    record.rarely()[key] = standIn(record, key, value, undefined)
    record.bits |= WRAPPED
  }
  if (Object.hasOwn(response, 'statusCode')) {
    record.status = response.statusCode
    delete (response as Partial<NodeResponse>).statusCode
  }
  if (Object.hasOwn(response, 'statusMessage')) {
    record.statusMessage = response.statusMessage
    delete (response as Partial<NodeResponse>).statusMessage
  }
}
