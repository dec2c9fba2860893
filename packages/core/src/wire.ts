import { declareLength, destroyed, judgeBody, judgeLength } from './body.ts'
import { isUnsent } from './host.ts'
import { watchEvents } from './pipes.ts'
import {
  type Assigned,
  COUNTS_DOWN,
  DETACHED,
  ENDING,
  INSIDE,
  MEASURED,
  ownRecordOf,
  RESPONDED,
  type ResponseRecord,
  STREAMING,
  WRAPPED,
} from './record.ts'
import { finishedResponses } from './report.ts'
import {
  type Below,
  callLater,
  disguise,
  inside,
  judged,
  type Method,
  type NodeResponse,
  takeBack,
  UNJUDGED,
} from './response.ts'
import { isContentLength, keepStatus, own } from './staging.ts'
import { END, FINISHED, FLUSH, HEAD, HEADERS_SENT, HEADERS_SET, LAST, step, TRAILER, WRITE } from './state.ts'

// The members that put something on the wire.

function hasData(chunk: unknown): boolean {
  if (chunk === undefined || chunk === null || typeof chunk === 'function') return false
  return (chunk as { length?: number }).length !== 0
}

function lengthOf(chunk: unknown, encoding: unknown): number {
  if (typeof chunk !== 'string') return (chunk as Partial<Uint8Array> | null | undefined)?.byteLength ?? 0
  return Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
}

/** Counts what reaches Node, where a Content-Length was set by hand. */
function measure(record: ResponseRecord, chunk: unknown, encoding: unknown): void {
  record.length += lengthOf(chunk, encoding)
}

/** The Content-Length as Node's http has parsed it: null while there is none, undefined over http2. */
function parsedLength(response: NodeResponse): number | null | undefined {
  return (response as { _contentLength?: number | null })._contentLength
}

/** Compares, at the end, what was said with what was sent. */
function compareLength(response: NodeResponse, record: ResponseRecord): void {
  record.bits &= ~MEASURED
  const said = (record.bits & COUNTS_DOWN) !== 0 ? 0 : (parsedLength(response) ?? response.getHeader('content-length'))
  if (said !== undefined && Number(said) !== record.length) judgeLength(response, record)
}

/** After a call of Node's `writeHead`. Reading what Node has parsed spares looking at the headers, 900 instructions. */
function noteDeclaredLength(response: NodeResponse, record: ResponseRecord, headers: object): void {
  const parsed = parsedLength(response)
  if (parsed === undefined) readDeclaredLength(response, record, headers)
  else if (parsed !== null) declareLength(response, record, 'res.writeHead')
}

/** The headers among the arguments of `writeHead`. */
function headersOf(reason: unknown, headers: unknown): unknown {
  return typeof reason === 'string' ? headers : (reason ?? headers)
}

/** Headers given to writeHead are not seen by getHeader: an object, a flat list, or a list of pairs. */
function readDeclaredLength(response: NodeResponse, record: ResponseRecord, headers: object): void {
  if (!Array.isArray(headers)) {
    for (const name in headers) {
      if (isContentLength(name)) countDown(response, record, (headers as Record<string, unknown>)[name])
    }
    return
  }
  const entries: readonly unknown[] = headers.flat()
  for (let at = 0; at < entries.length; at += 2) {
    if (isContentLength(entries[at])) countDown(response, record, entries[at + 1])
  }
}

function countDown(response: NodeResponse, record: ResponseRecord, length: unknown): void {
  declareLength(response, record, 'res.writeHead')
  record.length = -Number(length)
  record.bits |= COUNTS_DOWN
}

function mayWrite(response: NodeResponse, record: ResponseRecord, chunk: unknown): boolean {
  if ((record.bits & STREAMING) !== 0 && record.state !== FINISHED) return true
  if (!record.guard.allow(response, record, WRITE, 'res.write')) return false
  if (hasData(chunk)) judgeBody(response, record, 'res.write')
  return true
}

function mayEnd(response: NodeResponse, record: ResponseRecord, chunk: unknown): boolean {
  const data = hasData(chunk)
  if (!record.guard.allow(response, record, data ? LAST : END, 'res.end')) return false
  if (data) judgeBody(response, record, 'res.end')
  return true
}

function mayWriteHead(response: NodeResponse, record: ResponseRecord, reason: unknown, headers: unknown): boolean {
  if (!record.guard.allow(response, record, HEAD, 'res.writeHead')) return false
  const given = headersOf(reason, headers)
  if (typeof given === 'object' && given !== null) readDeclaredLength(response, record, given)
  return true
}

type Wrappable = 'end' | 'write' | 'writeHead'

/** Whether a library has put its own function on top: what enters below it is that function going on, no operation. */
function isBelow(response: NodeResponse, record: ResponseRecord, key: Wrappable): boolean {
  if ((record.bits & WRAPPED) === 0) return false
  return record.rare?.[key] !== undefined || (record.rare?.restored === true && !response.headersSent)
}

/** The same for `end`. Where nobody has answered, or a library has given an answer back, this is the answer. */
function goesOnBelow(response: NodeResponse, record: ResponseRecord): boolean {
  return (record.bits & RESPONDED) !== 0 && isBelow(response, record, 'end')
}

/** A library has taken what Node has not had yet: nothing has happened, and whoever goes on may still set what it likes. */
function noteWithheld(response: NodeResponse, record: ResponseRecord): void {
  if (record.state < HEADERS_SENT || !isUnsent(response)) return
  record.state = HEADERS_SET
  record.bits &= ~STREAMING
  record.rarely().isWithheld = true
}

/** A library puts another function in the place of one that has withheld an answer: it answers anew, in its own way. */
function giveBack(response: NodeResponse, record: ResponseRecord): void {
  if (record.rare?.isWithheld !== true || (record.bits & INSIDE) !== 0) return
  record.rare.isWithheld = false
  record.guard.release(response, record)
}

// The lowest level of each. It is written out for each of them: the request path is hot, and a computed name is slow.

function lowestEnd(below: Below): Method {
  return function (this: NodeResponse, chunk: never, encoding: never, callback: never): unknown {
    const record = ownRecordOf(this)
    if (record === undefined || (record.bits & DETACHED) !== 0)
      return below.base.end.call(this, chunk, encoding, callback)
    const { state, bits } = record
    const nested = record.bits & INSIDE
    if (nested === 0 && !goesOnBelow(this, record) && !mayEnd(this, record, chunk)) {
      callLater(chunk, encoding, callback)
      return this
    }
    if ((record.bits & MEASURED) !== 0) measure(record, chunk, encoding)
    record.bits |= INSIDE | ENDING
    try {
      const result = below.base.end.call(this, chunk, encoding, callback)
      if ((record.bits & MEASURED) !== 0) compareLength(this, record)
      return result
    } catch (error) {
      takeBack(this, record, state, bits)
      throw error
    } finally {
      record.bits &= nested === 0 ? ~(INSIDE | ENDING) : ~ENDING
    }
  }
}

function lowestWrite(below: Below): Method {
  return function (this: NodeResponse, chunk: never, encoding: never, callback: never): unknown {
    const record = ownRecordOf(this)
    if (record === undefined || (record.bits & DETACHED) !== 0)
      return below.base.write.call(this, chunk, encoding, callback)
    const { bits } = record
    if ((bits & ANY_CHUNK) !== STREAMING || record.state === FINISHED) {
      return writeJudged(below, this, record, chunk, encoding, callback)
    }
    if ((bits & MEASURED) !== 0) measure(record, chunk, encoding)
    record.bits = bits | INSIDE
    try {
      return below.base.write.call(this, chunk, encoding, callback)
    } finally {
      record.bits &= ~INSIDE
    }
  }
}

/** Where a body is going out, a further chunk is nothing to judge; but for these. */
const ANY_CHUNK: number = STREAMING | INSIDE | WRAPPED | ENDING

/** A chunk that may be the first, or one too many. */
function writeJudged(
  below: Below,
  response: NodeResponse,
  record: ResponseRecord,
  chunk: never,
  encoding: never,
  callback: never,
): unknown {
  const { state, bits } = record
  const nested = record.bits & INSIDE
  if (nested === 0 && !isBelow(response, record, 'write') && !mayWrite(response, record, chunk)) {
    callLater(encoding, callback)
    return true
  }
  if ((record.bits & (MEASURED | ENDING)) === MEASURED) measure(record, chunk, encoding)
  record.bits |= INSIDE
  try {
    return below.base.write.call(response, chunk, encoding, callback)
  } catch (error) {
    takeBack(response, record, state, bits)
    throw error
  } finally {
    if (nested === 0) record.bits &= ~INSIDE
  }
}

/** With as many arguments as there were: what lies below may count them. Node itself gives the status alone. */
function lowestWriteHead(below: Below): Method {
  return function (this: NodeResponse, status: never, reason: never, headers: never): unknown {
    const writeHead: Method = below.base.writeHead
    const record = ownRecordOf(this)
    if (record === undefined || (record.bits & UNJUDGED) !== 0) {
      if (arguments.length === 1) return writeHead.call(this, status)
      return arguments.length === 2 ? writeHead.call(this, status, reason) : Reflect.apply(writeHead, this, arguments)
    }
    const { state, bits } = record
    if (isBelow(this, record, 'writeHead')) {
      // Node assigns the status in there.
      return inside(this, record, () => Reflect.apply(writeHead, this, arguments), state, bits)
    }
    if (!record.guard.allow(this, record, HEAD, 'res.writeHead')) return this
    record.bits |= INSIDE
    try {
      const result =
        arguments.length === 2 ? writeHead.call(this, status, reason) : Reflect.apply(writeHead, this, arguments)
      const given = headersOf(reason, headers)
      if (typeof given === 'object' && given !== null) noteDeclaredLength(this, record, given)
      return result
    } catch (error) {
      takeBack(this, record, state, bits)
      throw error
    } finally {
      record.bits &= ~INSIDE
    }
  }
}

/** Judges a call of the topmost function that a library has put on the response. Returns whether it is made. */
function mayCall(
  key: Wrappable,
  response: NodeResponse,
  record: ResponseRecord,
  [a, b, c]: readonly unknown[],
): boolean {
  if (key === 'write') return mayWrite(response, record, a)
  return key === 'end' ? mayEnd(response, record, a) : mayWriteHead(response, record, b, c)
}

/** What stands in for a function that a library has assigned: the guard stays outermost. */
function standIn(record: ResponseRecord, key: Wrappable, inner: Method, previous: Assigned | undefined): Assigned {
  const outer = function (this: NodeResponse, ...args: never[]): unknown {
    if (ownRecordOf(this) !== record || (record.bits & UNJUDGED) !== 0) {
      const result = Reflect.apply(inner, this, args)
      // A method of the framework has answered, and says by itself how far that has come.
      if (key === 'end' && (record.bits & RESPONDED) !== 0 && isUnsent(this)) record.rarely().isWithheld = true
      return result
    }
    const { state, bits } = record
    const topmost = record.rare?.[key]?.outer === outer
    if (topmost && !mayCall(key, this, record, args)) {
      callLater(...args)
      return key === 'write' ? true : this
    }
    const result = inside(this, record, () => Reflect.apply(inner, this, args), state, bits)
    if (topmost) noteWithheld(this, record)
    return result
  }
  return { key, outer: disguise(outer, inner), inner, previous }
}

function assign(response: NodeResponse, record: ResponseRecord, key: Wrappable, value: Method, lowest: Method): void {
  // Such a library may keep listeners to itself, `on` included: pipes would not be seen.
  watchEvents(response)
  giveBack(response, record)
  const rare = record.rarely()
  let known = rare[key]
  while (known !== undefined && known.outer !== value) known = known.previous
  rare[key] = value === lowest ? undefined : (known ?? standIn(record, key, value, rare[key]))
  // A library that buffers takes its functions off within its own `end`, and ends later by Node's.
  if (value === lowest && (record.bits & INSIDE) !== 0) rare.restored = true
  record.bits |= WRAPPED
}

/** Apart from the accessors: they are small enough to be compiled into whoever reads them. */
function assigned({ rare }: ResponseRecord, key: Wrappable): Method | undefined {
  return rare?.[key]?.outer
}

const LOWEST = { end: lowestEnd, write: lowestWrite, writeHead: lowestWriteHead } as const

/** `end`, `write` or `writeHead` as an accessor: what a library assigns is called through the guard. */
export function wrappableMember(below: Below, key: Wrappable): PropertyDescriptor {
  const lowest = disguise(LOWEST[key](below), below.base[key])
  const member = {
    configurable: true,
    enumerable: true,
    get(this: NodeResponse) {
      const record = ownRecordOf(this)
      return record === undefined || (record.bits & WRAPPED) === 0 ? lowest : (assigned(record, key) ?? lowest)
    },
    set(this: NodeResponse, value: never) {
      const record = ownRecordOf(this)
      if (record === undefined || typeof value !== 'function') own(this, key, value)
      else assign(this, record, key, value, lowest)
    },
  }
  lowestOf.set(member.get, lowest)
  return member
}

const lowestOf = new WeakMap<object, Method>()

/** Under this symbol a prototype keeps what its `end`, `write` and `writeHead` are while nobody has put anything on them. */
const UNTOUCHED = Symbol('respond-once.untouched')

/** The functions that the members `end`, `write` and `writeHead` give. */
export function untouchedMember(members: PropertyDescriptorMap): PropertyDescriptorMap {
  const lowest = (key: Wrappable) => lowestOf.get(members[key]?.get as object)
  return { [UNTOUCHED]: { value: { end: lowest('end'), write: lowest('write'), writeHead: lowest('writeHead') } } }
}

/**
 * What was put on the response before it was guarded goes through the guard from now on. To ask the prototype would be
 * 240 instructions, and a read of a record that is not there.
 */
export function adopt(response: NodeResponse, record: ResponseRecord): void {
  const untouched = (response as { [UNTOUCHED]?: Readonly<Record<Wrappable, unknown>> })[UNTOUCHED]
  if (response.end !== untouched?.end) adoptWrapper(response, record, 'end')
  if (response.write !== untouched?.write) adoptWrapper(response, record, 'write')
  if (response.writeHead !== untouched?.writeHead) adoptWrapper(response, record, 'writeHead')
  if (response.statusCode !== record.status) adoptStatus(response, record, takeStatus(response))
  if (finishedResponses.hasSubscribers) watchEvents(response)
}

function adoptWrapper(response: NodeResponse, record: ResponseRecord, key: Wrappable): void {
  if (!Object.hasOwn(response, key)) return
  watchEvents(response)
  record.rarely()[key] = standIn(record, key, response[key] as Method, undefined)
  record.bits |= WRAPPED
  delete (response as Partial<NodeResponse>)[key]
}

type Status = Partial<Pick<NodeResponse, 'statusCode' | 'statusMessage'>>

/**
 * Takes off the status that a response has as properties of its own: they would hide the members. V8 only keeps an object
 * fast whose youngest property goes, so younger ones go first and come again; and only before its prototype changes. One
 * slow response, a server's first, makes every later look for a record generic, 130 instructions each.
 */
export function takeStatus(response: NodeResponse): Status {
  const own = Object.entries(Object.getOwnPropertyDescriptors(response))
  const isStatus = ([name]: [string, unknown]) => name === 'statusCode' || name === 'statusMessage'
  const oldest = own.findIndex(isStatus)
  if (oldest === -1) return {}
  const younger = own.slice(oldest)
  const simple = younger.every(([, { configurable }]) => configurable === true)
  const taken = simple ? younger : younger.filter(isStatus)
  const status = Object.fromEntries(taken.filter(isStatus).map(([name]) => [name, response[name as keyof Status]]))
  for (const [name] of taken.toReversed()) delete (response as Partial<NodeResponse>)[name as keyof Status]
  for (const [name, member] of taken) if (!isStatus([name, member])) Object.defineProperty(response, name, member)
  return status as Status
}

export function adoptStatus(
  response: NodeResponse,
  record: ResponseRecord,
  { statusCode, statusMessage }: Status,
): void {
  if (statusCode !== undefined) record.status = statusCode
  if (statusMessage !== undefined) record.statusMessage = statusMessage
  keepStatus(response, record)
}

export function flushMember(below: Below): Method {
  return function (this: NodeResponse): void {
    const record = judged(this)
    if (record === undefined) {
      below.base.flushHeaders.call(this)
      return
    }
    const { state, bits } = record
    record.guard.allow(this, record, FLUSH, 'res.flushHeaders')
    inside(this, record, () => below.base.flushHeaders.call(this), state, bits)
  }
}

/** Trailers are legal at any time; after the end Node ignores them. */
export function trailersMember(below: Below): Method {
  return function (this: NodeResponse, trailers: never): unknown {
    const record = judged(this)
    if (record !== undefined) record.state = step(record.state, TRAILER)
    return below.base.addTrailers.call(this, trailers)
  }
}

export function destroyMember(below: Below): Method {
  return function (this: NodeResponse, error: never): unknown {
    const record = ownRecordOf(this)
    if (record !== undefined) destroyed(this, record, error)
    return below.base.destroy.call(this, error)
  }
}
