import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { overBudget, readBudgets, unjudged, variantsFor } from './budgets.ts'
import { bundleTarget } from './bundle.ts'
import { type Count, countInstructions, hasValgrind, type Plan, SKIPPED, valgrindVersion } from './callgrind.ts'
import { scenarios } from './catalogue.ts'
import { checkVariants } from './check.ts'
import { keepEntries } from './kept.ts'
import { printProfile } from './profile.ts'
import { type Result, table } from './results.ts'
import { PER_SECOND } from './target/second.ts'

const usage = `Instructions per request, counted by callgrind, in process, JIT on.

  pnpm bench:instructions [options]

  --only <pattern>    scenario or scenario/variant, * for any text; may be repeated. The baseline is always measured
  --json <file>       writes the figures there too
  --save              keeps the figures in benchmarks/results, for docs/benchmarks.md
  --gate              counts what budgets.json names; exit code 1 when one is exceeded, or cannot be judged
  --with-gc           with collections: an ordinary heap, long windows, no better than about ±1 %
  --shapes <n>        each figure is the median of n runs whose JIT decides at other times, ±% how far they are apart
  --jobs <n>          how many at a time
  --packages <dir>    the packages folder of another checkout
  --profile <scenario> <variant>   instead: where the time of 200,000 requests goes inside the packages
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', multiple: true, default: [] },
    json: { type: 'string' },
    save: { type: 'boolean', default: false },
    gate: { type: 'boolean', default: false },
    'with-gc': { type: 'boolean', default: false },
    shapes: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    packages: { type: 'string' },
    profile: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

interface Pair {
  readonly scenario: string
  readonly variant: string
}

/** What the budgets need, and nothing else. */
function budgetedPairs(): Pair[] {
  const wanted = new Set(
    readBudgets().instructions.flatMap((budget) =>
      ['bare', ...variantsFor(budget)].map((variant) => `${budget.scenario}/${variant}`),
    ),
  )
  return scenarios.flatMap(({ name, variants }) =>
    variants.filter((variant) => wanted.has(`${name}/${variant}`)).map((variant) => ({ scenario: name, variant })),
  )
}

function selectedPairs(): Pair[] {
  const patterns = values.only.map((text) => {
    const [scenario = '*', variant = '*'] = text.split('/')
    const matcher = (glob: string) => new RegExp(`^${glob.replaceAll('*', '.*')}$`)
    return { scenario: matcher(scenario), variant: matcher(variant) }
  })
  return scenarios.flatMap(({ name, variants }) => {
    const chosen = variants.filter(
      (variant) =>
        patterns.length === 0 ||
        patterns.some((pattern) => pattern.scenario.test(name) && pattern.variant.test(variant)),
    )
    if (chosen.length > 0 && !chosen.includes('bare')) chosen.unshift('bare')
    return chosen.map((variant) => ({ scenario: name, variant }))
  })
}

/** Plain node:http takes a tenth of Express's instructions: its windows can be longer, and its warm-up needs to be. */
function planFor({ scenario, variant }: Pair): Plan {
  const node = scenario.startsWith('node')
  if (values['with-gc']) return { warmUp: 16_000, window: node ? 4000 : 2000, windows: 10, withGc: true }
  // A whole second each: so many violations a second are looked at in full.
  if (variant === 'guard-storm') return { warmUp: 16_000, window: PER_SECOND, windows: 3, withGc: false }
  return { warmUp: node ? 40_000 : 16_000, window: node ? 1500 : 500, windows: 5, withGc: false }
}

/** When V8 asks whether to optimise. Its own default first; the others make it inline differently. */
const interruptBudgets = [67_584, 52_000, 84_000, 60_000, 76_000]

/** What code the JIT makes of the same source depends on when it looks: one run alone may be a lucky one. */
async function countShapes(target: string, { scenario, variant }: Pair): Promise<Count> {
  const counts: Count[] = []
  for (const budget of interruptBudgets.slice(0, Math.max(1, Number(values.shapes) || 1))) {
    const flags = [`--interrupt-budget=${budget}`]
    counts.push(await countInstructions(target, scenario, variant, planFor({ scenario, variant }), flags))
  }
  counts.sort((a, b) => a.perRequest - b.perRequest)
  const median = counts[counts.length >> 1] as Count
  if (counts.length === 1) return median
  const range = (counts.at(-1)?.perRequest ?? 0) - (counts[0]?.perRequest ?? 0)
  return { ...median, spread: (range / median.perRequest) * 100 }
}

async function measure(target: string, pairs: readonly Pair[]): Promise<Result[]> {
  const queue = [...pairs]
  const results = new Map<Pair, Result>()
  const started = Date.now()
  const work = async (): Promise<void> => {
    for (let pair = queue.shift(); pair !== undefined; pair = queue.shift()) {
      const { scenario, variant } = pair
      const counted = await countShapes(target, pair)
      results.set(pair, { scenario, variant, ...counted })
      const seconds = Math.round((Date.now() - started) / 1000)
      const figure = Math.round(counted.perRequest).toLocaleString('en')
      console.error(`[${results.size}/${pairs.length}, ${seconds} s] ${scenario}, ${variant}: ${figure}`)
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, Number(values.jobs) || 1) }, work))
  return pairs.flatMap((pair) => results.get(pair) ?? [])
}

async function main(): Promise<void> {
  if (values.help) return console.log(usage)
  if (values.profile) {
    const [scenario = 'express5', variant = 'guard'] = positionals
    return printProfile(await bundleTarget(values.packages), scenario, variant)
  }
  if (!hasValgrind()) {
    if (values.gate) process.exitCode = 1
    return console.log(SKIPPED)
  }
  const isWhole = values.gate && values.only.length === 0
  const pairs = isWhole ? budgetedPairs() : selectedPairs()
  if (pairs.length === 0) throw new Error(`nothing matches --only ${values.only.join(' ')}`)
  const target = await bundleTarget(values.packages)
  console.error(`Checking ${pairs.length} servers, then counting`)
  for (const scenario of scenarios) {
    const variants = pairs.filter((pair) => pair.scenario === scenario.name).map((pair) => pair.variant)
    if (variants.length > 0) checkVariants(target, scenario, variants)
  }
  const results = await measure(target, pairs)
  const versions = { node: process.version, v8: process.versions.v8, valgrind: valgrindVersion() }
  const collections = values['with-gc'] ? 'garbage collection included' : 'garbage collection left out'
  console.log(`Instructions per request, ${collections}; Node ${versions.node}, ${versions.valgrind}`)
  console.log(table(results))
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ versions, results }, null, 2)}\n`)
  if (values.save) keepEntries('instructions', results, ({ scenario, variant }) => `${scenario}/${variant}`)
  if (!values.gate) return
  const budgets = readBudgets()
  const lines = [...overBudget(results, budgets), ...(isWhole ? unjudged(results, budgets) : [])]
  console.log(
    lines.length === 0 ? '\nWithin budget.' : `\nNot within budget:\n${lines.map((line) => `  ${line}`).join('\n')}`,
  )
  if (lines.length > 0) process.exitCode = 1
}

await main()
