import { type CompiledPolicy, compilePolicy, type Override } from '@respond-once/core'
import { measure } from 'mitata'

// What it costs to ask a policy, in nanoseconds, and whether asking allocates.

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

const questions: readonly Question[] = [
  { name: 'decide, no overrides', budgetNs: 20, ask: asking(plain) },
  { name: 'decide, 100 overrides, 64 routes', budgetNs: 60, ask: asking(many) },
  { name: 'watches', budgetNs: 20, ask: () => many.watches('no-response') },
  { name: 'settings, 100 overrides', budgetNs: 60, ask: () => many.settings(ROUTES[7], 'GET') },
]

/** Bytes that are left on the heap by so many calls. */
function bytesPerCall(ask: () => unknown): number {
  const calls = 1_000_000
  for (let at = 0; at < 100_000; at++) ask()
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  for (let at = 0; at < calls; at++) ask()
  return Math.max(0, process.memoryUsage().heapUsed - before) / calls
}

/** The best of some medians: whatever else a machine does makes it slower, never faster. */
async function medianOf(ask: () => unknown): Promise<number> {
  const medians: number[] = []
  for (let run = 0; run < 5; run++) medians.push((await measure(ask)).p50)
  return Math.min(...medians)
}

for (const { name, budgetNs, ask } of questions) {
  const p50 = await medianOf(ask)
  const bytes = bytesPerCall(ask)
  // What the garbage collector's own work leaves behind is far below one object.
  const isFine = p50 <= budgetNs && bytes < 1
  if (!isFine) process.exitCode = 1
  const figures = `${p50.toFixed(1)} ns (at most ${budgetNs}), ${bytes.toFixed(2)} bytes a call`
  console.log(`${isFine ? 'ok    ' : 'FAILED'} ${name.padEnd(36)} ${figures}`)
}
