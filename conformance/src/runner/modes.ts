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

const actions: Readonly<Record<string, string>> = { 'truncated-response': 'suppress' }

/** The preset of the mode, with the scenario's options; a rule that the preset leaves off is reported when enabled. */
export const guardSettings = (scenario: Scenario, mode: Exclude<Mode, 'plain'>) => {
  const preset = presets[mode]
  const rules = scenario.verdict === 'faulty' ? Object.entries(scenario.rules) : []
  const named = rules.flatMap(([kind, { options = {}, enable = false }]) => {
    const usual = preset === 'observe' ? 'report' : (actions[kind] ?? 'report')
    return enable || Object.keys(options).length > 0 ? [[kind, [usual, options]]] : []
  })
  return {
    policy: named.length ? { extends: [preset], rules: Object.fromEntries(named) } : preset,
    trace: mode === 'never' || mode === 'adaptive' ? mode : ('always' as const),
  }
}
