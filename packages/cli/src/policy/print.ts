import {
  CAUSES,
  type Cause,
  type CompiledPolicy,
  type Decision,
  type Framework,
  InvalidOptionsError,
  type Settings,
  VIOLATION_KINDS,
  type ViolationKind,
} from '@respond-once/core'
import { colors } from '../colors.ts'
import { EXIT_CODES } from '../exit.ts'
import { mistakesIn, readPolicy } from './check.ts'
import { tableOf } from './table.ts'

/** What is asked of a policy. */
export interface Question {
  readonly route?: string
  readonly method?: string
  readonly environment?: string
  readonly framework?: Framework
  readonly json?: true
}

/** One rule as it is in force. */
interface Row extends Decision {
  readonly rule: string
  readonly options: Partial<Settings>
}

/** The options that a kind's rule takes. */
const OPTIONS: { readonly [K in ViolationKind]?: readonly (keyof Settings)[] } = {
  'no-response': ['afterMs'],
  'truncated-response': ['graceMs', 'idleMs'],
  'body-overwritten': ['onlyRefusals'],
}

function rowsOf(policy: CompiledPolicy, kind: ViolationKind, { route, method }: Question): Row[] {
  const settings = policy.settings(route, method)
  const options = Object.fromEntries((OPTIONS[kind] ?? []).map((name) => [name, settings[name]]))
  const decisions = CAUSES.map((cause) => [cause, policy.explain(kind, cause, route, method)] as const)
  const isNarrow = ([cause, { path }]: readonly [Cause, Decision]) => path?.endsWith(`.${kind}/${cause}`) === true
  const whole = decisions.find((one) => !isNarrow(one))
  const narrow = decisions.filter(isNarrow).map(([cause, decision]) => ({ ...decision, rule: `${kind}/${cause}` }))
  return [...(whole === undefined ? [] : [{ ...whole[1], rule: kind }]), ...narrow].map((row) => ({ ...row, options }))
}

function shown({ action, options }: Row): string {
  const set = Object.entries(options).filter(([, value]) => value !== undefined)
  return action === 'off' || set.length === 0
    ? action
    : `${action} (${set.map(([name, value]) => `${name}: ${value}`).join(', ')})`
}

function print(policy: CompiledPolicy, rows: readonly Row[], question: Question): void {
  const lines = rows.map((row) => [
    row.rule,
    shown(row),
    row.decidedBy === undefined
      ? 'nobody'
      : `${row.decidedBy}${row.path?.includes('.overrides.') ? ' (override)' : ''}`,
    row.lockedBy === undefined ? '' : row.lockedBy.replace(/^.* is locked by /, ''),
  ])
  console.log(tableOf(['rule', 'action', 'decided by', 'locked by'], lines))
  if (policy.varies && question.route === undefined) {
    console.log(colors.dim('\nOverrides may decide otherwise: ask with --route and --method.'))
  }
  for (const notice of policy.notices()) console.log(`\n${notice}`)
}

/** Shows the rules that are in force in one case, and whose they are. */
export function printPolicy(file: string, question: Question): number {
  const found = readPolicy(file, question.environment)
  if (found instanceof InvalidOptionsError) {
    console.error(mistakesIn(file, found))
    return EXIT_CODES.mistakes
  }
  const policy = question.framework === undefined ? found : found.for(question.framework)
  const rows = VIOLATION_KINDS.flatMap((kind) => rowsOf(policy, kind, question))
  if (question.json !== true) print(policy, rows, question)
  else {
    const { json: _json, ...asked } = question
    console.log(JSON.stringify({ file, ...asked, rules: rows, notices: policy.notices() }, undefined, 2))
  }
  return EXIT_CODES.fine
}
