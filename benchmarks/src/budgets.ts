import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from './results.ts'

interface InstructionBudget {
  readonly scenario: string
  readonly variant: string
  /** The variant that it is compared with; `bare` where it is not said. */
  readonly over?: string
  readonly maxPercent?: number
  readonly maxInstructions?: number
  /** What it should be, where that is not reached: the maximum only keeps it from growing. */
  readonly goalInstructions?: number
  /** At most this share of what on-headers + on-finished add. */
  readonly maxShareOfListeners?: number
}

interface AllocationBudget {
  readonly scenario: string
  /** Over bare, per request. */
  readonly maxBytes: number
  /** As with instructions. */
  readonly goalBytes?: number
}

/** Bytes that one scenario allocates per request. */
export interface Allocation {
  readonly scenario: string
  readonly bare: number
  readonly guarded: number
}

export interface Budgets {
  /** What the method cannot tell from nothing, in percent of the baseline: where the JIT inlines moves a figure too. */
  readonly resolutionPercent: number
  readonly instructions: readonly InstructionBudget[]
  readonly allocations: readonly AllocationBudget[]
  /** Of the parts by themselves, by their titles: at most so long, and no bytes. */
  readonly nanoseconds: Readonly<Record<string, number>>
}

export function readBudgets(): Budgets {
  return JSON.parse(readFileSync(join(import.meta.dirname, '..', 'budgets.json'), 'utf8')) as Budgets
}

const baselineOf = ({ over = 'bare' }: InstructionBudget) => over

/** Which variants of its scenario have to be counted to judge a budget. */
export function variantsFor(budget: InstructionBudget): readonly string[] {
  const listeners = budget.maxShareOfListeners === undefined ? [] : ['on-headers']
  return [baselineOf(budget), budget.variant, ...listeners]
}

/** One line for each budget that these results leave open: a gate that has judged nothing is not to be green. */
export function unjudged(
  results: readonly Pick<Result, 'scenario' | 'variant'>[],
  { instructions }: Budgets,
): string[] {
  return instructions.flatMap((budget) => {
    const missing = variantsFor(budget).filter(
      (variant) => !results.some((result) => result.scenario === budget.scenario && result.variant === variant),
    )
    return missing.map((variant) => `${budget.scenario}, ${budget.variant}: not judged, ${variant} was not counted`)
  })
}

/** One line for each goal that these results miss, whether or not they are within its budget. */
export function missedGoals(results: readonly Result[], budgets: Budgets): string[] {
  const goals = budgets.instructions.map(({ goalInstructions, ...budget }) => {
    return goalInstructions === undefined ? budget : { ...budget, maxInstructions: goalInstructions }
  })
  return overBudget(results, { ...budgets, instructions: goals }, 'goal')
}

/** One line for each budget that these results exceed. What was not measured is not judged. */
export function overBudget(results: readonly Result[], budgets: Budgets, limitIs = 'budget'): string[] {
  const lines: string[] = []
  for (const budget of budgets.instructions) {
    const figure = (variant: string) =>
      results.find((result) => result.scenario === budget.scenario && result.variant === variant)?.perRequest
    const over = baselineOf(budget)
    const [bare, guarded, listeners] = [figure(over), figure(budget.variant), figure('on-headers')]
    if (bare === undefined || guarded === undefined) continue
    const resolution = (bare * budgets.resolutionPercent) / 100
    const tell = (limit: number, words: string) => {
      if (guarded - bare <= limit + resolution) return
      const added = Math.round(guarded - bare).toLocaleString('en')
      lines.push(
        `${budget.scenario}, ${budget.variant}: ${added} instructions over ${over}, the ${limitIs} is ${words}`,
      )
    }
    if (budget.maxPercent !== undefined) tell((bare * budget.maxPercent) / 100, `${budget.maxPercent} %`)
    if (budget.maxInstructions !== undefined) tell(budget.maxInstructions, budget.maxInstructions.toLocaleString('en'))
    if (budget.maxShareOfListeners !== undefined && listeners !== undefined) {
      tell((listeners - bare) * budget.maxShareOfListeners, `${budget.maxShareOfListeners} of on-headers + on-finished`)
    }
  }
  return lines
}

/** One line for each goal of bytes that these results miss. */
export function missedBytes(results: readonly Allocation[], budgets: Budgets): string[] {
  const goals = budgets.allocations.map(({ scenario, maxBytes, goalBytes = maxBytes }) => {
    return { scenario, maxBytes: goalBytes }
  })
  return overBytes(results, { ...budgets, allocations: goals }, 'goal')
}

/** One line for each budget of bytes that these results exceed. What was not measured is not judged. */
export function overBytes(results: readonly Allocation[], { allocations }: Budgets, limitIs = 'budget'): string[] {
  return allocations.flatMap(({ scenario, maxBytes }) => {
    const found = results.find((result) => result.scenario === scenario)
    const added = found === undefined ? 0 : Math.round(found.guarded - found.bare)
    if (added <= maxBytes) return []
    return [`${scenario}: ${added.toLocaleString('en')} bytes over bare, the ${limitIs} is ${maxBytes}`]
  })
}
