import { setTimeout as pause } from 'node:timers/promises'

export interface Order {
  readonly id: string
  readonly total: number
}

/** Stands in for the databases and services that real handlers wait for. */
export const findUser = async (id: string): Promise<{ id: string; name: string } | undefined> => {
  await pause(5)
  return id === '1' ? { id, name: 'Ada' } : undefined
}

export const findOrder = (id: string, done: (error: Error | null, order: Order) => void): void => {
  setTimeout(done, 25, null, { id, total: 12 })
}

export const saveAudit = (): Promise<void> => pause(4)

export const sendMail = (): Promise<string> => pause(15, 'sent')

export const isKnown = async (token: string | undefined): Promise<boolean> => {
  await pause(10)
  return token === 'good'
}
