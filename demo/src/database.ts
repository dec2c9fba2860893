import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'

/*
 * A stand-in for a database and a file store: it answers late, sometimes with a callback, and sometimes it fails.
 */

export interface User {
  readonly id: string
  readonly name: string
}

const users = new Map<string, User>([['1', { id: '1', name: 'Ada' }]])

export async function findUser(id: string): Promise<User | undefined> {
  await delay(10)
  return users.get(id)
}

export async function saveUser(name: string): Promise<User> {
  await delay(10)
  return { id: '2', name }
}

export async function writeAudit(_user: User): Promise<void> {
  await delay(10)
  throw new Error('audit log: disk full')
}

export async function findSession(cookie: string | undefined): Promise<User | undefined> {
  await delay(30)
  return cookie === 'session=ada' ? users.get('1') : undefined
}

export interface Order {
  readonly id: string
  readonly total: number
}

export async function findOrder(id: string): Promise<Order> {
  await delay(10)
  return { id, total: 42 }
}

export async function findNote(name: string): Promise<string> {
  await delay(20)
  return `the ${name} note`
}

export function readInvoice(id: string, done: (error: Error | null, text: string) => void): void {
  setTimeout(done, 30, null, `Invoice for order ${id}`)
}

export async function findItem(sku: string): Promise<{ readonly sku: string; readonly stock: number }> {
  await delay(10)
  return { sku, stock: 3 }
}

export async function chargeCard(order: string): Promise<{ readonly order: string; readonly paid: boolean }> {
  await delay(10)
  return { order, paid: false }
}

/** Twelve megabytes: more than a socket takes at once, so an answer of it can be cut short. */
export const photo = Buffer.alloc(12_000_000, 'photo')

export async function buildReport(): Promise<{ readonly visitors: number }> {
  await delay(90)
  return { visitors: 1_204 }
}

/** Rows of a table whose connection breaks after the second one. */
export async function* userRows(): AsyncGenerator<string> {
  yield '1,Ada\n'
  await delay(20)
  yield '2,Grace\n'
  await delay(20)
  throw new Error('database: connection lost')
}

/** A file on a disk that fails after two blocks. */
export function openReport(): Readable {
  async function* blocks(): AsyncGenerator<string> {
    yield 'day,visitors\n'
    await delay(20)
    yield 'monday,1204\n'
    await delay(20)
    throw new Error('disk: read error')
  }
  return Readable.from(blocks())
}

export function productPage(page: number): { readonly page: number; readonly products: string[] } {
  return { page, products: Array.from({ length: 200 }, (_, index) => `product ${page}-${index}`) }
}
