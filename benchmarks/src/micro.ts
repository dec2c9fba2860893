import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { readBudgets } from './budgets.ts'
import { bundleMicro } from './bundle.ts'
import { keep } from './kept.ts'
import type { Micro } from './micro/measure.ts'

const usage = `The guard's parts by themselves, in nanoseconds and bytes.

  pnpm bench:micro [options]

  Exit code 1 where a part that has a budget takes longer than it may, or allocates.

  --save   keeps the figures in benchmarks/results, for docs/benchmarks.md
`

const { values } = parseArgs({
  options: { save: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
})

// Young space holds all that is allocated between two collections of ours.
const flags = ['--expose-gc', '--min-semi-space-size=1024', '--max-semi-space-size=1024']

/** With their budgets. What the garbage collector's own work leaves behind is far below one object. */
function judged(parts: readonly Micro[]): readonly Micro[] {
  const { nanoseconds: budgets } = readBudgets()
  const unknown = Object.keys(budgets).filter((title) => !parts.some((part) => part.title === title))
  if (unknown.length > 0) throw new Error(`budgets.json has a budget for what is not measured: ${unknown.join('; ')}`)
  return parts.map((part) => {
    const budgetNs = budgets[part.title]
    return budgetNs === undefined ? part : { ...part, budgetNs, isFine: part.nanoseconds <= budgetNs && part.bytes < 1 }
  })
}

function print(results: readonly Micro[]): void {
  const figure = (value: number, unit: string) =>
    `${value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en')} ${unit}`
  for (const { title, nanoseconds, bytes, budgetNs, isFine } of results) {
    const budget = budgetNs === undefined ? '' : ` (${isFine ? '' : 'FAILED: '}at most ${budgetNs} ns and 0 B)`
    console.log(`${figure(nanoseconds, 'ns').padStart(12)} ${figure(bytes, 'B').padStart(10)}  ${title}${budget}`)
  }
  if (results.some(({ isFine }) => isFine === false)) process.exitCode = 1
}

async function main(): Promise<void> {
  if (values.help) return console.log(usage)
  const target = await bundleMicro()
  const env = { ...process.env, NODE_ENV: 'production' }
  const output = execFileSync(process.execPath, [...flags, target], { env, encoding: 'utf8' })
  const results = judged(JSON.parse(output) as readonly Micro[])
  print(results)
  if (values.save) keep('micro', results)
}

await main()
