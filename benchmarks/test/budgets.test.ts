import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  type Budgets,
  missedBytes,
  missedGoals,
  overBudget,
  overBytes,
  readBudgets,
  unjudged,
  variantsFor,
} from '../src/budgets.ts'
import { scenarios } from '../src/catalogue.ts'

const BUDGETS: Budgets = {
  resolutionPercent: 0.3,
  instructions: [
    { scenario: 'one', variant: 'guard', maxInstructions: 200, goalInstructions: 100 },
    { scenario: 'two', variant: 'guard', over: 'empty', maxPercent: 1, maxShareOfListeners: 0.2 },
  ],
  allocations: [
    { scenario: 'one', maxBytes: 500, goalBytes: 128 },
    { scenario: 'two', maxBytes: 128 },
  ],
  nanoseconds: {},
}

const counted = (scenario: string, figures: Readonly<Record<string, number>>) =>
  Object.entries(figures).map(([variant, perRequest]) => ({ scenario, variant, perRequest, spread: 0, collections: 0 }))

it('finds what is over its budget, and not what the method cannot tell from it', () => {
  // 0.3 % of 10,000 are 30.
  expect(overBudget(counted('one', { bare: 10_000, guard: 10_230 }), BUDGETS)).toEqual([])
  expect(overBudget(counted('one', { bare: 10_000, guard: 10_231 }), BUDGETS)).toEqual([
    'one, guard: 231 instructions over bare, the budget is 200',
  ])
  expect(missedGoals(counted('one', { bare: 10_000, guard: 10_131 }), BUDGETS)).toEqual([
    'one, guard: 131 instructions over bare, the goal is 100',
  ])
})

it('finds what allocates more than its budget, and what misses its goal', () => {
  const allocated = (one: number, two: number) => [
    { scenario: 'one', bare: 6000, guarded: 6000 + one },
    { scenario: 'two', bare: 6000, guarded: 6000 + two },
  ]
  expect(overBytes(allocated(500, 128), BUDGETS)).toEqual([])
  expect(overBytes(allocated(1501, 129), BUDGETS)).toEqual([
    'one: 1,501 bytes over bare, the budget is 500',
    'two: 129 bytes over bare, the budget is 128',
  ])
  expect(missedBytes(allocated(129, 128), BUDGETS)).toEqual(['one: 129 bytes over bare, the goal is 128'])
  expect(missedBytes([], BUDGETS)).toEqual([])
})

it('compares with the baseline that a budget names, and with what listeners add to it', () => {
  const figures = { bare: 1000, empty: 10_000, guard: 10_120, 'on-headers': 10_400 }
  expect(overBudget(counted('two', figures), BUDGETS)).toEqual([
    'two, guard: 120 instructions over empty, the budget is 0.2 of on-headers + on-finished',
  ])
  expect(overBudget(counted('two', { ...figures, guard: 10_200 }), BUDGETS)).toHaveLength(2)
})

it('names every budget that nothing was counted for', () => {
  expect(unjudged([], BUDGETS)).toHaveLength(5)
  expect(unjudged(counted('two', { empty: 1, guard: 1 }), BUDGETS)).toEqual([
    'one, guard: not judged, bare was not counted',
    'one, guard: not judged, guard was not counted',
    'two, guard: not judged, on-headers was not counted',
  ])
})

it('has budgets only for what can be measured', () => {
  const { instructions, allocations } = readBudgets()
  const pairs = scenarios.flatMap(({ name, variants }) => variants.map((variant) => `${name}/${variant}`))
  for (const budget of instructions) {
    for (const variant of variantsFor(budget)) expect(pairs).toContain(`${budget.scenario}/${variant}`)
  }
  for (const { scenario } of allocations) expect(pairs).toContain(`${scenario}/guard`)
})

it('is no green gate where nothing can be counted', () => {
  const gate = () =>
    execFileSync(process.execPath, ['--import', 'tsx', 'src/instructions.ts', '--gate'], {
      cwd: join(import.meta.dirname, '..'),
      env: { ...process.env, PATH: '' },
      encoding: 'utf8',
      stdio: 'pipe',
    })
  expect(gate).toThrow(
    expect.objectContaining({ status: 1, stdout: expect.stringContaining('valgrind is not installed') }),
  )
})
