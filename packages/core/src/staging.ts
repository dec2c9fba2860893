import { STATUS_CODES } from 'node:http'
import { declareLength } from './body.ts'
import { isHeadSent } from './host.ts'
import { ownRecordOf, RESPONDED, type ResponseRecord, SENDS_STAGED } from './record.ts'
import { type Below, callLater, descriptorOf, judged, type Method, type NodeResponse, UNJUDGED } from './response.ts'
import { HEADER, INFORM, STATUS } from './state.ts'
import { currentTurn } from './trace.ts'

// The members that stage headers and the status, and those that send 1xx responses.

/** Nobody's, or what a framework stages that answers by itself. */
const UNSTAGED: number = UNJUDGED | SENDS_STAGED

/** Remembers how to undo what is staged while another answer is pending. */
export function stage(response: NodeResponse, record: ResponseRecord, undo: () => void): void {
  if (!isHeadSent(response)) record.rarely().staged.push({ turn: currentTurn(), undo })
}

function stageHeader(response: NodeResponse, record: ResponseRecord, { base }: Below, name: unknown): void {
  if (typeof name !== 'string') return
  const before = response.getHeader(name)
  stage(response, record, () => {
    if (before === undefined) base.removeHeader.call(response, name)
    else base.setHeader.call(response, name, before)
  })
}

/** Whether a header's name is Content-Length. */
export function isContentLength(name: unknown): boolean {
  if (typeof name !== 'string' || name.length !== 14) return false
  // The usual spellings first: making a name lower case costs 200 instructions.
  return name === 'Content-Length' || name === 'content-length' || name.toLowerCase() === 'content-length'
}

/** Most responses call this one several times. */
export function setHeaderMember(below: Below): Method {
  return function (this: NodeResponse, name: never, value: never): unknown {
    const record = ownRecordOf(this)
    if (record !== undefined && (record.bits & UNSTAGED) === 0) {
      if (!record.guard.allow(this, record, HEADER, 'res.setHeader')) return this
      if ((record.bits & RESPONDED) !== 0) stageHeader(this, record, below, name)
      if (isContentLength(name)) declareLength(this, record, 'res.setHeader')
    }
    return below.base.setHeader.call(this, name, value)
  }
}

/** `appendHeader`, `removeHeader`, `setHeaders`. */
export function headerMember(below: Below, key: 'appendHeader' | 'removeHeader' | 'setHeaders'): Method {
  const operation = `res.${key}`
  return function (this: NodeResponse, name: never, value: never): unknown {
    const record = judged(this)
    if (record !== undefined && (record.bits & SENDS_STAGED) === 0) {
      if (!record.guard.allow(this, record, HEADER, operation)) return key === 'removeHeader' ? undefined : this
      if ((record.bits & RESPONDED) !== 0) stageHeader(this, record, below, name)
      if (key === 'setHeaders') declareLength(this, record, operation)
    }
    return (below.base[key] as Method).call(this, name, value)
  }
}

/** The members that send a 1xx response. */
export function informMember(below: Below, key: keyof NodeResponse): Method {
  const operation = `res.${String(key)}`
  return function (this: NodeResponse, ...args: never[]): unknown {
    const record = judged(this)
    if (record !== undefined && !record.guard.allow(this, record, INFORM, operation)) {
      callLater(...args)
      return undefined
    }
    return Reflect.apply(below.base[key] as Method, this, args)
  }
}

/** Judges an assignment that is about to be made. Returns whether it is made. */
function mayAssign(
  response: NodeResponse,
  record: ResponseRecord,
  operation: string,
  isSame: () => boolean,
  undo: () => () => void,
): boolean {
  // Reading is not writing, and neither is assigning what is there.
  if (response.headersSent && isSame()) return false
  if (!record.guard.allow(response, record, STATUS, operation)) return false
  if ((record.bits & RESPONDED) !== 0) stage(response, record, undo())
  return true
}

// Apart from the setters, which Node's `writeHead` calls: with closures in them, each call would make a context.

function mayAssignStatus(response: NodeResponse, record: ResponseRecord, value: unknown): boolean {
  const before = record.status
  const isSame = () => value === before
  return mayAssign(response, record, 'res.statusCode', isSame, () => () => {
    record.status = before
  })
}

/**
 * What an application has set has to stay when somebody changes the response's prototype, as an Express does that has no
 * guard: then the accessor becomes a property of the response too. It is as visible as the property that Node has there.
 */
export function keepStatus(response: NodeResponse, { status, statusMessage }: ResponseRecord): void {
  if (status !== 200) keepMember(response, 'statusCode')
  if (statusMessage !== undefined && statusMessage !== STATUS_CODES[status]) keepMember(response, 'statusMessage')
}

function keepMember(response: NodeResponse, key: 'statusCode' | 'statusMessage'): void {
  if (Object.hasOwn(response, key)) return
  const member = descriptorOf(response, key)
  if (member?.set !== undefined) Object.defineProperty(response, key, member)
}

/** `statusCode` over Node's http, where it is plain data: the value is kept in the record. */
export function statusCodeMember(below: Below): PropertyDescriptor {
  return {
    configurable: true,
    enumerable: true,
    get(this: NodeResponse): number {
      const record = ownRecordOf(this)
      return record === undefined ? below.base.statusCode : record.status
    },
    set(this: NodeResponse, value: number): void {
      const record = ownRecordOf(this)
      if (record === undefined) own(this, 'statusCode', value)
      else if ((record.bits & UNSTAGED) !== 0) record.status = value
      else if (mayAssignStatus(this, record, value)) {
        record.status = value
        keepStatus(this, record)
      }
    },
  }
}

function mayAssignMessage(response: NodeResponse, record: ResponseRecord, value: unknown): boolean {
  const before = record.statusMessage
  const isSame = () => value === before
  return mayAssign(response, record, 'res.statusMessage', isSame, () => () => {
    record.statusMessage = before
  })
}

/** `statusMessage`, likewise. */
export function statusMessageMember(below: Below): PropertyDescriptor {
  return {
    configurable: true,
    enumerable: true,
    get(this: NodeResponse): string | undefined {
      const record = ownRecordOf(this)
      return record === undefined ? below.base.statusMessage : record.statusMessage
    },
    set(this: NodeResponse, value: string | undefined): void {
      const record = ownRecordOf(this)
      if (record === undefined) own(this, 'statusMessage', value)
      else if ((record.bits & UNSTAGED) !== 0) record.statusMessage = value
      else if (mayAssignMessage(this, record, value)) {
        record.statusMessage = value
        keepStatus(this, record)
      }
    },
  }
}

/** `statusCode` and `statusMessage` over http2, where they are accessors already. Reading `statusMessage` there warns. */
export function statusAccessor(key: 'statusCode' | 'statusMessage', native: PropertyDescriptor): PropertyDescriptor {
  const operation = `res.${key}`
  return {
    ...native,
    configurable: true,
    set(this: NodeResponse, value: unknown): void {
      const record = judged(this)
      if (record !== undefined) {
        const read = () => (key === 'statusCode' ? native.get?.call(this) : undefined)
        const before = read()
        const isSame = () => value === before
        if (!mayAssign(this, record, operation, isSame, () => () => native.set?.call(this, before))) return
      }
      native.set?.call(this, value)
    },
  }
}

/**
 * What assigning does where there is no accessor. Not by a class field, which V8 compiles to a store: the V8 of Node 20
 * runs the prototype's setter for it once it has seen many shapes, and that would come back here for ever. Not in a record
 * either: a proxy, a prototype or a change of prototype would lose it.
 */
export function own(response: object, key: string, value: unknown): void {
  Object.defineProperty(response, key, { configurable: true, enumerable: true, writable: true, value })
}
