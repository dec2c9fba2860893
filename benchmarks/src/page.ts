import { join } from 'node:path'
import {
  type Compared,
  intervalChart,
  lineChart,
  type Report,
  rangeOf,
  signedPercent,
  standalone,
  type TargetReport,
} from 'respond-once/bench'
import { type Allocation, missedBytes, missedGoals, readBudgets } from './budgets.ts'
import { scenarios, variantTitles } from './catalogue.ts'
import { curves } from './growth/curves.ts'
import { kept } from './kept.ts'
import { frameworkTitles, shapes } from './load/scenarios.ts'
import type { Micro } from './micro/measure.ts'
import type { Result } from './results.ts'

// What docs/benchmarks.md shows of the figures that were kept, and the pictures beside it.

type Row = readonly string[]

function table(head: Row, rows: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.join(' | ')} |`
  return [line(head), `|---|${'---:|'.repeat(head.length - 1)}`, ...rows.map(line)].join('\n')
}

const none = (command: string) => `Not measured yet: \`${command}\`.`
const whole = (value: number) => Math.round(value).toLocaleString('en')
const signed = (value: number) => `${value < 0 ? '−' : '+'}${whole(Math.abs(value))}`

interface Kept {
  readonly file: string
  readonly report: Report
}

/** The reports of `pnpm bench --save` in a folder, in the order of the scenarios. */
function reportsIn(folder: 'load' | 'variants'): readonly Kept[] {
  const order = Object.keys(frameworkTitles).flatMap((framework) => shapes.map(({ name }) => `${framework}-${name}`))
  return order.flatMap((file) => {
    const report = kept<Report>(join(folder, file))
    return report === undefined ? [] : [{ file, report }]
  })
}

/** One for each scenario that was measured: with the guard alone where there is such a run. */
function loadReports(): readonly Kept[] {
  const alone = reportsIn('load')
  const rest = reportsIn('variants').filter(({ file }) => !alone.some((one) => one.file === file))
  return [...alone, ...rest]
}

const guardOf = ({ variants }: TargetReport): Compared | undefined => variants.find(({ name }) => name === 'guard')

function loadRow({ targets, verdict, pairs }: Report): Row {
  const [target] = targets as readonly [TargetReport]
  const guard = guardOf(target)
  const found = guard === undefined ? ['', ''] : [signedPercent(guard.percent.estimate), rangeOf(guard.percent)]
  return [
    target.name,
    target.baseline.figures.cpuMicros.toFixed(1),
    ...found,
    rangeOf(target.control.percent),
    String(pairs),
    verdict,
  ]
}

/** CPU time per request under load. */
export function loadSection(): string {
  const reports = loadReports()
  if (reports.length === 0) return none('pnpm bench --save')
  const head = ['scenario', 'bare, µs', 'guard over bare', 'interval', 'control: bare over bare', 'pairs', 'budget 2 %']
  return table(
    head,
    reports.map(({ report }) => loadRow(report)),
  )
}

/** Everything that was measured beside bare, framework by framework. */
export function variantsSection(): string {
  const several = reportsIn('variants')
  if (several.length === 0) return none("pnpm bench --only '*/hello' --save")
  const parts = several.map(({ file, report }) => {
    const [target] = report.targets as readonly [TargetReport]
    const rows = target.variants.map(({ title, percent }) => [title, signedPercent(percent.estimate), rangeOf(percent)])
    const picture = `![${target.name}: what each variant costs over bare](pictures/benchmark-${file}.svg)`
    return [`**${target.name}**`, table(['variant', 'CPU over bare', 'interval'], rows), picture].join('\n\n')
  })
  return parts.join('\n\n')
}

/** Instructions per request. */
export function instructionsSection(): string {
  const results = kept<readonly Result[]>('instructions') ?? []
  if (results.length === 0) return none('pnpm bench:instructions --save')
  const rows = scenarios.flatMap(({ name, title }): Row[] => {
    const own = results.filter((result) => result.scenario === name)
    const bare = own.find((result) => result.variant === 'bare')?.perRequest
    if (bare === undefined) return []
    return own
      .filter(({ variant }) => variant !== 'bare')
      .map(({ variant, perRequest }) => {
        const over = perRequest - bare
        return [title, whole(bare), variantTitles[variant] ?? variant, signed(over), signedPercent((over / bare) * 100)]
      })
  })
  const goals = missed(missedGoals(results, readBudgets()))
  return `${table(['scenario', 'bare', 'variant', 'over bare', '%'], rows)}\n\n${goals}`
}

/** What is not as it should be, said where the figures are. */
function missed(lines: readonly string[], goals = 'the goals that `benchmarks/budgets.json` sets'): string {
  if (lines.length === 0) return `All of these are within ${goals}.`
  return [`Missed, of ${goals}:`, '', ...lines.map((line) => `- ${line}`)].join('\n')
}

/** Bytes per request. */
export function allocationsSection(): string {
  const results = kept<readonly Allocation[]>('allocations') ?? []
  if (results.length === 0) return none('pnpm --filter @respond-once/benchmarks allocations --save')
  const titleOf = (name: string) => scenarios.find((scenario) => scenario.name === name)?.title ?? name
  const rows = results.map(({ scenario, bare, guarded }) => [titleOf(scenario), whole(bare), signed(guarded - bare)])
  return `${table(['scenario', 'bare, bytes', 'guard over bare'], rows)}\n\n${missed(missedBytes(results, readBudgets()))}`
}

/** The guard's parts. */
export function microSection(): string {
  const results = kept<readonly Micro[]>('micro') ?? []
  if (results.length === 0) return none('pnpm bench:micro --save')
  const figure = (value: number) => (value < 100 ? value.toFixed(1) : whole(value))
  const rows = results.map(({ title, nanoseconds, bytes, budgetNs }) => {
    return [title, figure(nanoseconds), budgetNs === undefined ? '' : whole(budgetNs), whole(bytes)]
  })
  const over = results
    .filter(({ isFine }) => isFine === false)
    .map(({ title, nanoseconds, budgetNs }) => `${title}: ${figure(nanoseconds)} ns, the goal is ${budgetNs}`)
  return `${table(['part', 'ns', 'goal, ns', 'bytes'], rows)}\n\n${missed(over, 'the goals in the table')}`
}

interface Point {
  readonly value: number
  readonly bare: number
  readonly guarded: number
}

const growth = (): Readonly<Record<string, readonly Point[]>> => kept('growth') ?? {}

/** What the guard adds for one more of what grows: the slope between the ends. */
function slopeOf(points: readonly Point[]): string {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined || first === last) return ''
  const rise = last.guarded - last.bare - (first.guarded - first.bare)
  return signed(rise / (last.value - first.value))
}

/** How the cost grows. */
export function growthSection(): string {
  const measured = curves.filter(({ name }) => growth()[name] !== undefined)
  if (measured.length === 0) return none('pnpm bench:growth --save')
  const parts = measured.map(({ name, title, axis }) => {
    const points = growth()[name] ?? []
    const rows = points.map(({ value, bare, guarded }) => [
      whole(value),
      whole(bare),
      signed(guarded - bare),
      signedPercent(((guarded - bare) / bare) * 100),
    ])
    const heading = `**${title}**: ${slopeOf(points)} instructions for one more`
    const picture = `![instructions that the guard adds, by ${axis}](pictures/benchmark-growth-${name}.svg)`
    return [heading, table([axis, 'bare', 'guard over bare', '%'], rows), picture].join('\n\n')
  })
  const missing = curves.filter(({ name }) => growth()[name] === undefined).map(({ name }) => `--only ${name}`)
  if (missing.length > 0) parts.push(none(`pnpm bench:growth --save ${missing.join(' ')}`))
  return parts.join('\n\n')
}

/** The machine that the figures under load are from. */
export function machineSection(): string {
  const report = loadReports()[0]?.report
  if (report === undefined) return none('pnpm bench --save')
  const { node, cpu, cores, memoryGb, system } = report.machine
  return `Node ${node}, ${cpu}, ${cores} cores, ${memoryGb} GB, ${system}. ${report.connections} connections.`
}

function variantsPicture({ targets: [target], budgetPercent }: Report): string {
  const { name, variants, control } = target as TargetReport
  const rows = [...variants, control].map(({ title, percent }, at) => {
    return { title, ...percent, colour: at === variants.length ? 4 : at % 4 }
  })
  return standalone(intervalChart(`${name}: CPU per request over bare`, rows, budgetPercent))
}

/** The pictures, by their paths from the repository's root. */
export function benchmarkPictures(): ReadonlyMap<string, string> {
  const pictures = new Map<string, string>()
  for (const { file, report } of reportsIn('variants')) pictures.set(`benchmark-${file}`, variantsPicture(report))
  for (const { name, title, axis, logarithmic } of curves) {
    const points = growth()[name]
    if (points === undefined) continue
    const series = [
      { title, points: points.map(({ value, bare, guarded }) => [value, guarded - bare] as const), colour: 0 },
    ]
    const axes = { x: axis, y: 'instructions per request over bare', logarithmic: logarithmic === true }
    pictures.set(`benchmark-growth-${name}`, standalone(lineChart(title, series, axes)))
  }
  return new Map([...pictures].map(([name, svg]) => [`docs/pictures/${name}.svg`, `${svg}\n`]))
}
