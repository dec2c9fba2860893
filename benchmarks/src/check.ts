import { execFileSync } from 'node:child_process'
import { type Scenario, scenarioNamed } from './catalogue.ts'

interface Checked {
  readonly response: string
  /** Violations that a double response on the same app brought; null where nothing guards it. */
  readonly violations: number | null
}

function askTarget(target: string, scenario: string, variant: string): Checked {
  const args = [target, 'check', scenario, variant]
  // What the plain framework logs of the deliberate double response is not ours to show.
  const options = { encoding: 'utf8', env: { ...process.env, NODE_ENV: 'production' }, stdio: 'pipe' } as const
  return JSON.parse(execFileSync(process.execPath, args, options)) as Checked
}

function withoutDate(response: string): string {
  return response.replace(/^Date: .*\r\n/m, '')
}

/** Before anything is counted: every variant gives the baseline's response to the byte, and a guard that guards. */
export function checkVariants(target: string, scenario: Scenario, variants: readonly string[]): void {
  const expected = withoutDate(askTarget(target, scenarioNamed(scenario.name).name, 'bare').response)
  if (!expected.startsWith('HTTP/1.1 200 OK\r\n') || !expected.endsWith('{"hello":"world"}')) {
    throw new Error(`${scenario.name}: the bare app answers\n${expected}`)
  }
  for (const variant of variants) {
    const { response, violations } = askTarget(target, scenario.name, variant)
    if (withoutDate(response) !== expected) {
      throw new Error(`${scenario.name}, ${variant} answers\n${response}\nwhere the bare app answers\n${expected}`)
    }
    if (violations === 0) throw new Error(`${scenario.name}, ${variant}: a double response brought no violation`)
  }
}
