import type { Compared, Figures, Percent, Report, TargetReport } from './report.ts'
import { MIN_PAIRS, type Verdict } from './verdict.ts'

// Figures as words and columns.

/** `+1.23 %`, with the minus sign of print. */
export function signedPercent(value: number, digits = 2): string {
  const text = `${Math.abs(value).toFixed(digits)} %`
  if (!Number.isFinite(value)) return '?'
  if (/^[0.]+ %$/.test(text)) return text
  return `${value < 0 ? '−' : '+'}${text}`
}

/** `−0.51 % … +1.20 %` */
export function rangeOf({ low, high }: Percent): string {
  return Number.isFinite(low) && Number.isFinite(high)
    ? `${signedPercent(low)} … ${signedPercent(high)}`
    : 'too few pairs'
}

/** The columns of figures that are shown and not judged. */
export const FIGURE_COLUMNS: readonly { readonly title: string; readonly of: (figures: Figures) => string }[] = [
  { title: 'CPU µs/req', of: ({ cpuMicros }) => cpuMicros.toFixed(cpuMicros < 100 ? 1 : 0) },
  { title: 'req/s', of: ({ requestsPerSecond }) => Math.round(requestsPerSecond).toLocaleString('en') },
  { title: 'p99 ms', of: ({ p99Ms }) => p99Ms.toFixed(1) },
  { title: 'loop busy', of: ({ loopUtilization }) => `${Math.round(loopUtilization * 100)} %` },
  { title: 'heap B/req', of: ({ heapBytes }) => Math.round(heapBytes).toLocaleString('en') },
  { title: 'GC µs/req', of: ({ gcMicros }) => gcMicros.toFixed(2) },
]

/** One row of a target's table: a program, its ratio to the baseline, its figures. */
export interface Row {
  readonly title: string
  readonly estimate: string
  readonly range: string
  readonly verdict: string
  readonly figures: readonly string[]
}

function rowOf({ title, percent, judged, verdict, figures }: Compared): Row {
  return {
    title,
    estimate: signedPercent(percent.estimate),
    range: rangeOf(percent),
    verdict: judged ? verdict : '',
    figures: FIGURE_COLUMNS.map((column) => column.of(figures)),
  }
}

/** The rows of a target: the baseline, the variants, the control. */
export function rowsOf({ baseline, variants, control }: TargetReport): readonly Row[] {
  const figures = FIGURE_COLUMNS.map((column) => column.of(baseline.figures))
  const first = { title: baseline.title, estimate: '', range: '', verdict: '', figures }
  return [first, ...variants.map(rowOf), rowOf(control)]
}

/** How far off the control is at most: what this run cannot tell from nothing. */
export function resolutionOf({ control: { percent } }: TargetReport): number {
  return Math.max(Math.abs(percent.low), Math.abs(percent.high))
}

const WORDS: { readonly [V in Verdict]: string } = {
  pass: 'within the budget',
  over: 'over the budget',
  inconclusive: 'inconclusive',
}

/** What a run came to, in one sentence. */
export function conclusion(report: Report): string {
  const { verdict, budgetPercent } = report
  if (verdict !== 'inconclusive') {
    const named = report.targets.filter((target) => target.verdict === verdict).map(({ name }) => name)
    return `${WORDS[verdict]} of +${budgetPercent} % CPU per request: ${named.join(', ')}`
  }
  return `inconclusive: ${whyNot(report)}. ${whatThen(report)}`
}

function whyNot({ budgetPercent, targets, pairs }: Report): string {
  if (pairs === 0) return 'the time was up before a pair of processes was measured'
  const after = `after ${pairs} ${pairs === 1 ? 'pair' : 'pairs'} of processes`
  if (pairs < MIN_PAIRS) return `${after} there are fewer than the ${MIN_PAIRS} that decide`
  const coarsest = Math.max(...targets.map(resolutionOf))
  if (coarsest <= budgetPercent) return `${after} the interval holds the budget`
  return `${after} the same program against itself is only known to ±${coarsest.toFixed(1)} %`
}

function whatThen({ pairs, seconds, neededSeconds }: Report): string {
  if (neededSeconds === undefined) return 'A quieter machine or more time (--time-limit) decides'
  if (pairs < MIN_PAIRS) return `Eight pairs need more time: use --time-limit ${neededSeconds}`
  const fourfold = Math.ceil((seconds * 4) / 10) * 10
  return `A quieter machine or more time decides: the interval is half as wide with --time-limit ${fourfold}`
}

/** How it was measured, in one sentence. */
export function circumstances({ pairs, seconds, connections, pipelining, machine }: Report): string {
  const pipelined = pipelining > 1 ? `, ${pipelining} requests in each at a time` : ''
  return `${pairs} ${pairs === 1 ? 'pair' : 'pairs'} of processes in ${seconds} s, ${connections} connections${pipelined}; Node ${machine.node}, ${machine.cpu}, ${machine.cores} cores`
}
