import type { Framework } from '../frameworks/framework.ts'
import type { Mode } from '../runner/modes.ts'
import type { Faulty, Outcome, PerFamily, Scenario, Told } from './scenario.ts'

const forFamily = <T>(choices: PerFamily<T>, { families }: Pick<Framework, 'families'>): T | undefined => {
  for (const family of [...families, 'any'] as const) {
    const choice = choices[family]
    if (choice !== undefined) return choice
  }
  return undefined
}

/** What client and operating system must see. `observe` and `off` change nothing, by contract. */
export const expectedOutcome = (scenario: Scenario, framework: Framework, mode: Mode): Outcome => {
  const native = { ...scenario.answer, ...forFamily(scenario.native, framework) }
  if (scenario.verdict === 'innocent' || mode === 'plain' || mode === 'off' || mode === 'observe') return native
  // A body that is cut has no caller to throw to: `strict` suppresses like `protect`.
  const suppresses = mode !== 'throw' || scenario.told.every(({ kind }) => kind === 'truncated-response')
  if (suppresses) return { ...scenario.answer, ...forFamily(scenario.suppressed, framework) }
  // The error that ends the process may be ours by then; where it matters `thrown` says which.
  const uncaught: Outcome = native.alive === false ? { open: [...(native.open ?? []), 'uncaught'] } : {}
  return { ...native, ...uncaught, ...forFamily(scenario.thrown, framework) }
}

export const expectedViolations = (scenario: Faulty, framework: Framework): readonly Told[] =>
  forFamily(scenario.toldByFamily, framework) ?? scenario.told
