import type { Scenario } from '../scenarios/scenario.ts'

/** `plain`: no guard at all. `off`: installed, and switched off by the environment. The rest are what the guard does. */
export type Mode = 'plain' | 'off' | 'observe' | 'protect' | 'throw' | 'never' | 'adaptive'

const presets = {
  off: 'protect',
  observe: 'observe',
  protect: 'protect',
  throw: 'strict',
  never: 'protect',
  adaptive: 'protect',
} as const

/** What the presets say of rules that scenarios give options to, or turn on. */
const actions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  protect: { 'truncated-response': 'suppress' },
  strict: { 'truncated-response': 'suppress', 'body-overwritten': 'throw' },
}

/** The preset of the mode, with the scenario's options; a rule that the preset leaves off is reported when enabled. */
export const guardSettings = (scenario: Scenario, mode: Exclude<Mode, 'plain'>) => {
  const preset = presets[mode]
  const rules = scenario.verdict === 'faulty' ? Object.entries(scenario.rules) : []
  const named = rules.flatMap(([kind, { options = {}, enable = false }]) => {
    const usual = actions[preset]?.[kind] ?? 'report'
    return enable || Object.keys(options).length > 0 ? [[kind, [usual, options]]] : []
  })
  return {
    policy: named.length ? { extends: [preset], rules: Object.fromEntries(named) } : preset,
    trace: mode === 'never' || mode === 'adaptive' ? mode : ('always' as const),
  }
}
