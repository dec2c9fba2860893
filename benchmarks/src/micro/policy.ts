import { type CompiledPolicy, compilePolicy, type Override } from '../../../packages/core/src/index.ts'
import { bytesOf, type Micro, nanosecondsOf } from './measure.ts'

// What it costs to ask a policy.

interface Question {
  readonly name: string
  readonly budgetNs: number
  ask(): unknown
}

const ROUTES = Array.from({ length: 64 }, (_, at) => `/area${at % 8}/things/:id/part${at}`)

function overrides(count: number): readonly Override[] {
  return Array.from({ length: count }, (_, at) => ({
    routes: [`/area${at % 8}/**/part${at}`, `/other${at}/*`],
    ...(at % 2 === 0 && { methods: ['GET' as const] }),
    rules: { 'late-header': 'report', 'double-response/timeout': 'off' } as const,
  }))
}

/** Another question each time: one that never changes would be answered when it is compiled. */
function asking(policy: Pick<CompiledPolicy, 'decide'>): () => unknown {
  const kinds = ['double-response', 'late-header', 'next-called-twice'] as const
  const causes = ['missing-return', 'timeout', 'unknown', 'loop'] as const
  let at = 0
  return () => {
    at = (at + 1) & 63
    return policy.decide(kinds[at % 3] as 'late-header', causes[at & 3] as 'loop', ROUTES[at], at & 4 ? 'GET' : 'POST')
  }
}

const plain = compilePolicy('protect').for('express')
const many = compilePolicy({ overrides: overrides(100) }).for('express')

const QUESTIONS: readonly Question[] = [
  { name: 'decide, no overrides', budgetNs: 20, ask: asking(plain) },
  { name: 'decide, 100 overrides, 64 routes', budgetNs: 60, ask: asking(many) },
  { name: 'watches', budgetNs: 20, ask: () => many.watches('no-response') },
  { name: 'settings, 100 overrides', budgetNs: 60, ask: () => many.settings(ROUTES[7], 'GET') },
]

/** Asks each of them. Where one takes longer than it may, or allocates, the table says so. */
export async function askPolicies(): Promise<Micro[]> {
  const results: Micro[] = []
  for (const { name, budgetNs, ask } of QUESTIONS) {
    const nanoseconds = await nanosecondsOf(ask)
    const bytes = bytesOf(ask, 1_000_000)
    // What the garbage collector's own work leaves behind is far below one object.
    results.push({
      title: `policy: ${name}`,
      nanoseconds,
      bytes,
      budgetNs,
      isFine: nanoseconds <= budgetNs && bytes < 1,
    })
  }
  return results
}
