import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { bundleGrowth } from './bundle.ts'
import { countInstructions, hasValgrind, SKIPPED } from './callgrind.ts'
import { type Curve, curves } from './growth/curves.ts'
import { keep, kept } from './kept.ts'

const usage = `How what the guard costs grows: instructions per request over bare, counted by callgrind, in process, JIT on.

  pnpm bench:growth [options]

  --only <curve>    ${curves.map(({ name }) => name).join(', ')}; may be repeated
  --check           sees that the guard guards, and counts nothing
  --save            keeps the figures in benchmarks/results, for docs/benchmarks.md
  --jobs <n>        how many at a time
`

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    check: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    jobs: { type: 'string', default: String(availableParallelism()) },
    help: { type: 'boolean', default: false },
  },
})

/** One point of a curve: instructions per request. */
export interface Point {
  readonly value: number
  readonly bare: number
  readonly guarded: number
}

export type Growth = Readonly<Record<string, readonly Point[]>>

/** Before anything is counted: the guard must see the mistakes of the one curve, and nothing on the others. */
function check(target: string, { name, values: points }: Curve): number {
  const value = name === 'violations' ? 100 : (points[0] ?? 0)
  const seen = Number(execFileSync(process.execPath, [target, 'check', `${name}:${value}`, 'guard']))
  if (seen !== (name === 'violations' ? 1 : 0)) throw new Error(`${name}: ${seen} violations were told`)
  return seen
}

async function measure(target: string, curve: Curve, value: number): Promise<Point> {
  const plan = { ...curve.requests(value), windows: 3, withGc: false }
  const count = (variant: string) => countInstructions(target, `${curve.name}:${value}`, variant, plan)
  const { perRequest: bare } = await count('bare')
  const { perRequest: guarded } = await count('guard')
  return { value, bare: Math.round(bare), guarded: Math.round(guarded) }
}

async function measureAll(target: string, chosen: readonly Curve[]): Promise<Growth> {
  const queue = chosen.flatMap((curve) => curve.values.map((value) => ({ curve, value })))
  const total = queue.length
  const found = new Map<string, Point[]>(chosen.map(({ name }) => [name, []]))
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { curve, value } = next
      const point = await measure(target, curve, value)
      found.get(curve.name)?.push(point)
      const added = (point.guarded - point.bare).toLocaleString('en')
      console.error(
        `[${total - queue.length} of ${total}] ${value} ${curve.axis}: ${added} over ${point.bare.toLocaleString('en')}`,
      )
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, Number(values.jobs) || 1) }, work))
  return Object.fromEntries([...found].map(([name, points]) => [name, points.sort((a, b) => a.value - b.value)]))
}

function print(growth: Growth): void {
  for (const curve of curves) {
    const points = growth[curve.name]
    if (points === undefined) continue
    console.log(`\n${curve.title}`)
    for (const { value, bare, guarded } of points) {
      const added = guarded - bare
      const percent = ((added / bare) * 100).toFixed(2)
      console.log(`  ${String(value).padStart(6)} ${curve.axis}: ${added.toLocaleString('en')} (${percent} %)`)
    }
  }
}

async function main(): Promise<void> {
  if (values.help) return console.log(usage)
  const chosen = curves.filter(({ name }) => values.only.length === 0 || values.only.includes(name))
  if (chosen.length === 0)
    throw new Error(`there is no such curve; there are ${curves.map(({ name }) => name).join(', ')}`)
  const target = await bundleGrowth()
  for (const curve of chosen) {
    const seen = check(target, curve)
    if (values.check) console.log(`${curve.name}: ${seen} violations`)
  }
  if (values.check) return
  if (!hasValgrind()) {
    return console.log(SKIPPED)
  }
  const growth = await measureAll(target, chosen)
  print(growth)
  if (!values.save) return
  keep('growth', { ...kept<Growth>('growth'), ...growth })
}

await main()
