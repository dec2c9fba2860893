import { failed } from './control.ts'
import type { GuardedResponse } from './host.ts'
import type { ResponseRecord } from './record.ts'
import { Stampable } from './stamp.ts'

/** A handler's promise, and whose it is. */
class HandlerPromise extends Stampable {
  #response: GuardedResponse
  #record: ResponseRecord
  #run: number

  constructor(promise: object, response: GuardedResponse, record: ResponseRecord, run: number) {
    super(promise)
    this.#response = response
    this.#record = record
    this.#run = run
  }

  /** Whether the rejection was told, and goes no further. */
  static swallows(promise: unknown, reason: unknown): boolean {
    if (typeof promise !== 'object' || promise === null || !(#record in promise)) return false
    return failed(promise.#response, promise.#record, reason, promise.#run, 'dropped') === 'suppress'
  }

  static has(promise: object): boolean {
    return #record in promise
  }
}

let listening = false

/**
 * Node announces an unhandled rejection by `process.emit`. It is seen there, because a listener, or a `then` on the
 * promise, would change whether the rejection counts as handled.
 */
function listen(): void {
  listening = true
  const { emit } = process
  process.emit = function (this: NodeJS.Process, event: string, ...args: unknown[]): boolean {
    if (event === 'unhandledRejection' && HandlerPromise.swallows(args[1], args[0])) return true
    return Reflect.apply(emit, this, [event, ...args]) as boolean
  } as typeof process.emit
}

/**
 * Follows the promise of a handler whose framework drops it. It stays as unhandled as it was.
 */
export function watchRejection(promise: unknown, response: GuardedResponse, record: ResponseRecord, run: number): void {
  if (!(promise instanceof Promise) || HandlerPromise.has(promise)) return
  if (!listening) listen()
  // To see it end would count as handling it: where a rule asks who never answers, it is taken not to have ended.
  if (record.guard.waits) record.rarely().running++
  new HandlerPromise(promise, response, record, run)
}

/**
 * Counts a handler that has not ended, where a rule asks who never answers. Only for promises whose rejection the framework
 * handles: the promise that is returned rejects too.
 */
export function settling(promise: Promise<unknown>, record: ResponseRecord): Promise<unknown> {
  const rare = record.rarely()
  rare.running++
  return promise.finally(() => {
    rare.running--
  })
}
