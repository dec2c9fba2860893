import type { ServerResponse } from 'node:http'
import type { GuardedResponse } from './host.ts'
import { DETACHED, INSIDE, type ResponseRecord, recordOf } from './record.ts'
import { FINISHED, HEADERS_SENT, HEADERS_SET } from './state.ts'

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

/** The record, where this call is an operation of the application. */
export function judged(response: NodeResponse): ResponseRecord | undefined {
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
export function takeBack(response: NodeResponse, record: ResponseRecord, before: number): void {
  if (response.writableEnded) return
  if (record.state === FINISHED && before !== FINISHED) record.guard.release(response, record)
  if (record.state === FINISHED) record.state = response.headersSent ? HEADERS_SENT : HEADERS_SET
}

/** The operation was not performed: whoever waits for its callback goes on. */
export function callLater(...candidates: readonly unknown[]): void {
  const callback = candidates.find((candidate) => typeof candidate === 'function')
  if (callback !== undefined) process.nextTick(callback as () => void)
}
