import type { AddressInfo } from 'node:net'
import type { Violation } from '@respond-once/core'

/** What the service tells the program that started it. */
export type Message =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'violation'; readonly violation: Violation }
  | { readonly type: 'reached'; readonly handler: string }
  | { readonly type: 'pong' }

/** Sends a message to the demo; a service started by hand has nobody to tell. */
export function tellParent(message: Message): void {
  if (process.connected) process.send?.(message)
}

/** Tells where the service can be reached; `address` is its server's. */
export function tellListening(address: AddressInfo | string | null): void {
  if (typeof address === 'object' && address) tellParent({ type: 'listening', port: address.port })
}

/** Answers the parent when it asks whether this process is idle, and ends with it, however it ended. */
export function followParent(): void {
  process.on('message', () => tellParent({ type: 'pong' }))
  process.once('disconnect', () => process.exit())
  // The demo decides when to stop. Ctrl-C in a terminal reaches its children too, and would look like a crash.
  process.on('SIGINT', () => {})
}
