import {
  CAUSES,
  type CompiledPolicy,
  type Decision,
  type Framework,
  type Settings,
  VIOLATION_KINDS,
  type ViolationKind,
} from '@respond-once/core'

/** What is asked of a policy. */
export interface Question {
  readonly route?: string
  readonly method?: string
  readonly environment?: string
  readonly framework?: Framework
}

/** One rule as it is in force. */
export interface Row extends Decision {
  readonly kind: ViolationKind
  /** The kind or, where something is said or locked for one cause, kind/cause. */
  readonly rule: string
  readonly options: Partial<Settings>
}

/** The options that a kind's rule takes. */
const OPTIONS: { readonly [K in ViolationKind]?: readonly (keyof Settings)[] } = {
  'no-response': ['afterMs'],
  'truncated-response': ['graceMs', 'idleMs'],
  'body-overwritten': ['onlyRefusals'],
}

/** The locks on a kind, or on a kind with one cause. */
function locksOn({ locks }: CompiledPolicy, key: string): readonly string[] {
  return locks.filter((lock) => lock.startsWith(`${key} is locked by `))
}

function rowsOfKind(policy: CompiledPolicy, kind: ViolationKind, { route, method }: Question): Row[] {
  const settings = policy.settings(route, method)
  const options = Object.fromEntries((OPTIONS[kind] ?? []).map((name) => [name, settings[name]]))
  const rows = CAUSES.map((cause): Row => {
    const rule = `${kind}/${cause}`
    const lockedBy = [...locksOn(policy, rule), ...locksOn(policy, kind)].join('; ') || undefined
    return { ...policy.explain(kind, cause, route, method), kind, rule, lockedBy, options }
  })
  // A lock for one cause holds no other: the row of the kind must not claim it.
  const isNarrow = ({ rule, path }: Row) => path?.endsWith(`.${rule}`) === true || locksOn(policy, rule).length > 0
  const whole = rows.find((row) => !isNarrow(row))
  return [...(whole === undefined ? [] : [{ ...whole, rule: kind }]), ...rows.filter(isNarrow)]
}

/** The rules that are in force in one case. */
export function rowsOf(policy: CompiledPolicy, question: Question): readonly Row[] {
  return VIOLATION_KINDS.flatMap((kind) => rowsOfKind(policy, kind, question))
}

/** What is done, with the options that matter for it. */
export function doneBy({ action, options }: Row): string {
  const set = Object.entries(options).filter(([, value]) => value !== undefined)
  return action === 'off' || set.length === 0
    ? action
    : `${action} (${set.map(([name, value]) => `${name}: ${value}`).join(', ')})`
}
