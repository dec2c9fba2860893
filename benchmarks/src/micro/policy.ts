import { type CompiledPolicy, compilePolicy, type Override } from '../../../packages/core/src/index.ts'
import { bytesOf, type Micro, nanosecondsOf } from './measure.ts'

// What it costs to ask a policy.

interface Question {
  readonly name: string
  ask(): unknown
  /** It chooses what to ask, which is not the policy's part. */
  readonly chooses?: boolean
}

const ROUTES = Array.from({ length: 64 }, (_, at) => `/area${at % 8}/things/:id/part${at}`)

function overrides(count: number): readonly Override[] {
  return Array.from({ length: count }, (_, at) => ({
    routes: [`/area${at % 8}/**/part${at}`, `/other${at}/*`],
    ...(at % 2 === 0 && { methods: ['GET' as const] }),
    rules: { 'late-header': 'report', 'double-response/timeout': 'off' } as const,
  }))
}

const KINDS = ['double-response', 'late-header', 'next-called-twice'] as const
const REASONS = ['missing-return', 'timeout', 'unknown', 'loop'] as const

/** Made beforehand: to choose a kind costs as much as to ask about it. */
const ASKED = ROUTES.map((route, at) => ({
  kind: KINDS[at % 3] as (typeof KINDS)[number],
  cause: REASONS[at & 3] as (typeof REASONS)[number],
  route,
  method: at & 4 ? 'GET' : 'POST',
}))

/** Another question each time: one that never changes would be answered when it is compiled. */
function asking(policy: Pick<CompiledPolicy, 'decide'>): () => unknown {
  let at = 0
  return () => {
    at = (at + 1) & 63
    const { kind, cause, route, method } = ASKED[at] as (typeof ASKED)[number]
    return policy.decide(kind, cause, route, method)
  }
}

const plain = compilePolicy('protect').for('express')
const many = compilePolicy({ overrides: overrides(100) }).for('express')

const QUESTIONS: readonly Question[] = [
  { name: 'decide, no overrides', chooses: true, ask: asking(plain) },
  { name: 'decide, 100 overrides, 64 routes', chooses: true, ask: asking(many) },
  { name: 'watches', ask: () => many.watches('no-response') },
  { name: 'settings, 100 overrides', ask: () => many.settings(ROUTES[7], 'GET') },
]

/** Asks each of them. */
export async function askPolicies(): Promise<Micro[]> {
  const results: Micro[] = []
  // To choose a question and to call is not the policy's: what it costs to ask one that says nothing is taken off.
  const choosing = await nanosecondsOf(asking({ decide: (kind) => (kind === 'late-status' ? 'report' : 'off') }))
  for (const { name, ask, chooses = false } of QUESTIONS) {
    const nanoseconds = (await nanosecondsOf(ask)) - (chooses ? choosing : 0)
    results.push({ title: `policy: ${name}`, nanoseconds, bytes: bytesOf(ask, 1_000_000) })
  }
  return results
}
