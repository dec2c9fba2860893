import type { EventEmitter } from 'node:events'

export interface Order {
  readonly id: string
  readonly total: number
}

/**
 * All that a program waits for, it waits for in steps of one length. Timers of one length run in their order, however late
 * the machine is; timers of two lengths may run in the wrong one, because Node keeps a list for each length.
 */
const STEP_MS = 4

/** Calls back later. It is the timer that calls, nobody of ours. */
export const later = <A extends unknown[]>(ms: number, call: (...args: A) => unknown, ...args: A): void => {
  if (ms <= STEP_MS) setTimeout(call, STEP_MS, ...args)
  else setTimeout(() => later(ms - STEP_MS, call, ...args), STEP_MS)
}

export const pause = <T>(ms: number, value?: T): Promise<T> =>
  new Promise((resolve) => later(ms, resolve as (value: unknown) => void, value))

/** Work that takes a little longer than the answer that somebody else gives meanwhile. */
export const workLongerThan = (response: EventEmitter): Promise<void> =>
  new Promise((resolve) => response.once('finish', () => later(12, resolve)))

/** Stands in for the databases and services that real handlers wait for. */
export const findUser = async (id: string): Promise<{ id: string; name: string } | undefined> => {
  await pause(5)
  return id === '1' ? { id, name: 'Ada' } : undefined
}

export const findOrder = (id: string, done: (error: Error | null, order: Order) => void): void => {
  later(25, done, null, { id, total: 12 })
}

export const saveAudit = (): Promise<void> => pause(4)

export const sendMail = (): Promise<string> => pause(15, 'sent')

export const isKnown = async (token: string | undefined): Promise<boolean> => {
  await pause(10)
  return token === 'good'
}
