import { clusteredInterval, type Interval, logRatioOf, type Pair } from './statistics.ts'

/** What a comparison came to. */
export type Verdict = 'pass' | 'over' | 'inconclusive'

/** A comparison with its control: the same program against itself, measured in the same windows. */
export interface Judgement {
  readonly verdict: Verdict
  readonly interval: Interval
  readonly control: Interval
}

/**
 * Fewer pairs decide nothing: of eight, the lowest and the highest hold the median between them 99 times of 100, whatever
 * their distribution.
 */
export const MIN_PAIRS = 8

/** Each look is this sure, so that looking again and again leaves the whole run at 95 %. */
const CONFIDENCE_OF_A_LOOK = 0.99

/** Whether it is time to look: after each pair would be too often, by chance one look in many decides wrongly. */
export function isLook(pairs: number): boolean {
  for (let at = MIN_PAIRS; at <= pairs; at = Math.ceil(at * 1.2)) if (at === pairs) return true
  return false
}

/** Judges the ratios of a comparison against a budget in percent. */
export function judge(pairs: readonly Pair[], controls: readonly Pair[], budgetPercent: number): Judgement {
  const interval = clusteredInterval(pairs, CONFIDENCE_OF_A_LOOK)
  const control = clusteredInterval(controls, CONFIDENCE_OF_A_LOOK)
  return { verdict: verdictOf(interval, control, pairs.length, logRatioOf(budgetPercent)), interval, control }
}

function verdictOf(interval: Interval, control: Interval, pairs: number, budget: number): Verdict {
  if (pairs < MIN_PAIRS) return 'inconclusive'
  // What the same program seems to cost over itself is what this machine cannot tell from nothing.
  const resolution = Math.max(Math.abs(control.low), Math.abs(control.high))
  if (interval.low > Math.max(budget, resolution)) return 'over'
  return interval.high <= budget && resolution <= budget ? 'pass' : 'inconclusive'
}
