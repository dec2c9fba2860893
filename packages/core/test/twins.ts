import type { RequestListener } from 'node:http'
import { expect } from 'vitest'
import { type GuardOptions, type Policy, type PresetName, respondOnce, type Violation } from '../src/node.ts'
import { type Ask, type Exchange, exchanges, type Mount, type Play } from './wire.ts'

export interface Twins<T> extends Exchange<T> {
  /** The violations of the guarded exchange. */
  readonly violations: readonly Violation[]
}

const plain: Mount = (handler) => handler

export function guardedBy(options: GuardOptions, violations: Violation[] = []): Mount {
  return (handler) =>
    respondOnce(handler as RequestListener, { reporters: [], onViolation: (told) => violations.push(told), ...options })
}

/**
 * Plays the same handler without and with the guard, and expects that neither the client nor the handler can tell.
 * Returns what both came to, so that a test also says what that has to be.
 */
export async function twins<T>(play: Play<T>, policy: Policy | PresetName = 'protect', ask: Ask = {}) {
  const violations: Violation[] = []
  const [bare] = await exchanges(plain, play, ask)
  const guarded = await exchanges(guardedBy({ policy }, violations), play, ask)
  expect(guarded).toEqual([bare, bare])
  return { ...(bare as Exchange<T>), violations } satisfies Twins<T>
}

/** What a call came to: `this` where it returned the response, else its value, or the code of what it threw. */
export function outcomeOf(response: object, call: () => unknown): unknown {
  try {
    const value = call()
    return value === response ? 'this' : value
  } catch (error) {
    return `throws ${(error as NodeJS.ErrnoException).code}`
  }
}
