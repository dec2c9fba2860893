import type { ServerResponse } from 'node:http'
import { type GuardedResponse, isHeadSent } from './host.ts'
import {
  AWAITS_FILE,
  AWAITS_VIEW,
  DETACHED,
  INSIDE,
  ownRecordOf,
  RESPONDED,
  type ResponseRecord,
  STREAMING,
} from './record.ts'
import { FINISHED, HEADERS_SENT } from './state.ts'

/** A response as Node's types know it and as core sees it. */
export type NodeResponse = ServerResponse & GuardedResponse

/** What lies below the guarded prototype. It is read at each call: a mounted app changes its prototype. */
export interface Below {
  base: NodeResponse
}

/** A method of a response, whatever its arguments. */
export type Method = (this: NodeResponse, ...args: never[]) => unknown

/** Either: this call is no operation of the application that is judged. */
export const UNJUDGED: number = INSIDE | DETACHED

/** A property, wherever on the prototype chain it stands. */
export function descriptorOf(object: object, key: PropertyKey): PropertyDescriptor | undefined {
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, key)
    if (descriptor !== undefined) return descriptor
  }
  return undefined
}

/** The record, where this call is an operation of the application. */
export function judged(response: NodeResponse): ResponseRecord | undefined {
  const record = ownRecordOf(response)
  return record !== undefined && (record.bits & UNJUDGED) === 0 ? record : undefined
}

/**
 * Gives a stand-in the name and the arity of what it stands for. Where either differs, V8 makes the function a slow object:
 * 100 instructions for whoever calls it by `call` or `apply`, as events do.
 */
export function disguise<F extends { readonly name: string; readonly length: number }>(
  standIn: F,
  original: unknown,
): F {
  if (typeof original !== 'function') return standIn
  const { name, length } = standIn
  if (name !== original.name) Object.defineProperty(standIn, 'name', { configurable: true, value: original.name })
  if (length !== original.length)
    Object.defineProperty(standIn, 'length', { configurable: true, value: original.length })
  return standIn
}

/**
 * Runs a public call of Node or the framework: what it calls in turn is no operation.
 * `state` and `bits` are the record's from before the call was allowed.
 */
export function inside<T>(
  response: NodeResponse,
  record: ResponseRecord,
  call: () => T,
  state: number = record.state,
  bits: number = record.bits,
): T {
  record.bits |= INSIDE
  try {
    return call()
  } catch (error) {
    takeBack(response, record, state, bits)
    throw error
  } finally {
    record.bits &= ~INSIDE
  }
}

/** A call that threw has changed nothing, as far as nothing has gone out: the record is again as it was before. */
export function takeBack(response: NodeResponse, record: ResponseRecord, state: number, bits: number): void {
  if (response.writableEnded) return
  const claimed = record.bits & ~bits & (RESPONDED | AWAITS_FILE | AWAITS_VIEW | STREAMING)
  record.bits &= ~claimed
  if (!isHeadSent(response)) {
    record.state = state
    if ((record.bits & RESPONDED) === 0) record.operation = undefined
  } else if (record.state === FINISHED) record.state = HEADERS_SENT
}

/** The operation was not performed: whoever waits for its callback goes on. */
export function callLater(...candidates: readonly unknown[]): void {
  const callback = candidates.find((candidate) => typeof candidate === 'function')
  if (callback !== undefined) process.nextTick(callback as () => void)
}
