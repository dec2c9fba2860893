import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Allocation, overBytes, readBudgets } from './budgets.ts'
import { bundleTarget } from './bundle.ts'
import { scenarios } from './catalogue.ts'
import { checkVariants } from './check.ts'
import { keepEntries } from './kept.ts'
import { sourceOf } from './source-lines.ts'
import type { Allocated } from './target/allocations.ts'

const usage = `Bytes that the guard allocates per request where nothing goes wrong, and where.

  pnpm --filter @respond-once/benchmarks allocations [options]

  --only <scenario>   may be repeated; all guarded scenarios without it
  --requests <n>      default 100,000
  --json <file>       writes the figures there too
  --save              keeps the figures in benchmarks/results, for docs/benchmarks.md
  --gate              exit code 1 when a budget of budgets.json is exceeded
  --packages <dir>    the packages folder of another checkout
`

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    requests: { type: 'string', default: '100000' },
    json: { type: 'string' },
    save: { type: 'boolean', default: false },
    gate: { type: 'boolean', default: false },
    packages: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

// One young generation that holds a whole window, so that what was used is what was allocated.
const flags = [
  '--predictable',
  '--single-threaded',
  '--hash-seed=1',
  '--random-seed=1',
  '--expose-gc',
  '--min-semi-space-size=2048',
  '--max-semi-space-size=2048',
  '--initial-old-space-size=4096',
  '--max-old-space-size=8192',
]

function measure(target: string, scenario: string, variant: string): Allocated {
  const args = [...flags, target, 'allocations', scenario, variant, values.requests]
  const env = { ...process.env, NODE_ENV: 'production' }
  const output = execFileSync(process.execPath, args, { env, encoding: 'utf8', maxBuffer: 1 << 26 })
  return JSON.parse(output) as Allocated
}

interface Comparison extends Allocation {
  readonly sites: readonly { readonly place: string; readonly bytes: number }[]
}

function compare(target: string, scenario: string): Comparison {
  const bare = measure(target, scenario, 'bare')
  const guarded = measure(target, scenario, 'guard')
  const sites = guarded.sites
    .filter(({ url, bytes }) => url.includes('/node_modules/@respond-once/') && bytes >= 0.5)
    .map(({ url, line, functionName, bytes }) => {
      return { place: `${functionName || '(anonymous)'} ${sourceOf(fileURLToPath(url), line)}`, bytes }
    })
  return { scenario, bare: bare.bytesPerRequest, guarded: guarded.bytesPerRequest, sites }
}

function bytesOf(value: number): string {
  return Math.round(value).toLocaleString('en').padStart(8)
}

function print({ scenario, bare, guarded, sites }: Comparison): void {
  console.log(`\n${scenario}: bytes allocated per request`)
  console.log(`${bytesOf(bare)}  bare\n${bytesOf(guarded)}  guarded\n${bytesOf(guarded - bare)}  difference`)
  console.log('  of it born in our packages (sampled):')
  for (const { place, bytes } of sites) console.log(`${bytesOf(bytes)}  ${place}`)
  if (sites.length === 0) console.log('          nothing')
}

async function main(): Promise<void> {
  if (values.help) return console.log(usage)
  const names = scenarios.filter(({ variants }) => variants.includes('guard'))
  const chosen = names.filter(({ name }) => values.only.length === 0 || values.only.includes(name))
  if (chosen.length === 0) throw new Error(`no such scenario; there are ${names.map(({ name }) => name).join(', ')}`)
  const target = await bundleTarget(values.packages)
  const results: Comparison[] = []
  for (const scenario of chosen) {
    checkVariants(target, scenario, ['bare', 'guard'])
    console.error(`Measuring ${scenario.name}, bare and guarded`)
    const result = compare(target, scenario.name)
    print(result)
    results.push(result)
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`)
  if (values.save) keepEntries('allocations', results, ({ scenario }) => scenario)
  if (!values.gate) return
  const budgets = readBudgets()
  const isMissing = ({ scenario }: { readonly scenario: string }) => !results.some((one) => one.scenario === scenario)
  const missing = values.only.length > 0 ? [] : budgets.allocations.filter(isMissing)
  const lines = [...overBytes(results, budgets), ...missing.map(({ scenario }) => `${scenario}: was not measured`)]
  if (lines.length === 0) return
  console.log(`\nNot within budget:\n${lines.map((line) => `  ${line}`).join('\n')}`)
  process.exitCode = 1
}

await main()
