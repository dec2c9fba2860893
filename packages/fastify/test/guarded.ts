import type { FastifyInstance } from 'fastify'
import { onTestFinished } from 'vitest'
import { type GuardOptions, respondOnce, type Violation } from '../src/index.ts'
import type { Fastify } from './versions.ts'

/** A guarded application, and what was told of it. */
export interface Guarded {
  readonly app: FastifyInstance
  readonly violations: readonly Violation[]
}

/** An application with the guard in it, closed when the test is over. */
export async function guarded(fastify: Fastify, options: GuardOptions = {}, own: object = {}): Promise<Guarded> {
  const violations: Violation[] = []
  const app = fastify(own)
  onTestFinished(() => app.close())
  await app.register(respondOnce, {
    reporters: [],
    trace: 'always',
    onViolation: (violation: Violation) => violations.push(violation),
    ...options,
  })
  return { app, violations }
}

/** What is told of a mistake, without its places. */
export const kindsOf = (violations: readonly Violation[]): readonly string[] =>
  violations.map(({ kind, action, cause }) => `${kind} ${action} ${cause}`)
