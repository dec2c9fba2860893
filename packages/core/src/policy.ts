import { type Action, CAUSES, type Cause, type Framework, VIOLATION_KINDS, type ViolationKind } from './violation.ts'

/** The names of the presets. */
export const PRESET_NAMES = ['observe', 'protect', 'strict'] as const

/** `observe` only tells, `protect` saves the first response, `strict` throws. */
export type PresetName = (typeof PRESET_NAMES)[number]

/** The options that rules take, in milliseconds but for `onlyRefusals`. */
export interface RuleOptions {
  /** `no-response`: how long after the request was read a client may wait. Default 30,000. */
  readonly afterMs?: number
  /** `truncated-response` under `suppress`: how long a broken body may stay silent before it is cut. Default 1,000. */
  readonly graceMs?: number
  /** `truncated-response`: a body that stalls this long is told too. Off by default. */
  readonly idleMs?: number
  /** `body-overwritten`: only where the first answer was a redirect or a status of 400 and more. */
  readonly onlyRefusals?: boolean
}

/** An action, or an action with options. */
export type Rule = Action | readonly [Action, RuleOptions]

/** A kind, or a kind narrowed to one cause: `double-response/timeout`. */
export type RuleKey = ViolationKind | `${ViolationKind}/${Cause}`

/** What to do about each kind of violation. Plain data: JSON works the same. */
export interface Policy {
  /** Presets and policies to start from; later ones win. Default `protect`. */
  readonly extends?: PresetName | Policy | readonly (PresetName | Policy)[]
  readonly rules?: { readonly [K in RuleKey]?: Rule }
}

/** A policy made ready for the request path: asking it allocates nothing. */
export interface CompiledPolicy {
  /** The action for one violation, where the route and the method are known, on that route. */
  decide(kind: ViolationKind, cause: Cause, route?: string, method?: string): Action
  /** Whether any rule of this kind is not off, on any route. A constant, for the request path. */
  watches(kind: ViolationKind): boolean
  /** The options of the rules, on one route. */
  settings(route?: string, method?: string): Settings
  /** Whether the answers depend on the route. Finding it costs more than asking. */
  readonly varies: boolean
  /** The shortest time after which something has to be looked at; infinite where no rule waits. */
  readonly shortestWaitMs: number
}

/** The options of all rules, resolved. */
export interface Settings {
  readonly afterMs: number
  readonly graceMs: number
  readonly idleMs: number | undefined
  /** `body-overwritten`: only where the first answer was a refusal. */
  readonly onlyRefusals: boolean
}

type Rules = { readonly [K in RuleKey]?: Rule }

const OBSERVE: Rules = {
  'double-response': 'report',
  'late-header': 'report',
  'late-status': 'report',
  'write-after-end': 'report',
  'next-after-response': 'report',
  'next-called-twice': 'report',
  'error-after-response': 'report',
  'truncated-response': 'report',
  'no-response': 'off',
  'body-overwritten': ['off', { onlyRefusals: true }],
  'length-mismatch': 'report',
  'body-not-allowed': 'off',
  'response-after-close': 'off',
}

/** The presets, rule by rule. */
export const PRESETS: { readonly [P in PresetName]: Rules } = {
  observe: OBSERVE,
  protect: {
    ...OBSERVE,
    'double-response': 'suppress',
    'late-header': 'suppress',
    'late-status': 'suppress',
    'write-after-end': 'suppress',
    'next-called-twice': 'suppress',
    'error-after-response': 'suppress',
    'truncated-response': ['suppress', { graceMs: 1000 }],
    'body-overwritten': ['report', { onlyRefusals: true }],
  },
  strict: {
    ...OBSERVE,
    'double-response': 'throw',
    'late-header': 'throw',
    'late-status': 'throw',
    'write-after-end': 'throw',
    'next-after-response': 'throw',
    'next-called-twice': 'throw',
    'error-after-response': 'report',
    'truncated-response': ['suppress', { graceMs: 1000 }],
    'no-response': ['report', { afterMs: 30_000 }],
    'body-overwritten': ['throw', { onlyRefusals: true }],
    'body-not-allowed': 'report',
  },
}

/** Where a preset says something else for one framework. */
export const PRESET_OVERRIDES: {
  readonly [P in PresetName]?: readonly { readonly frameworks: readonly Framework[]; readonly rules: Rules }[]
} = {
  // A hook of Fastify that has answered is to end the route; Express runs nothing that was not asked for.
  protect: [{ frameworks: ['fastify'], rules: { 'next-after-response': 'suppress' } }],
}

/** The keys that `rules` may have. */
export const RULE_KEYS: readonly RuleKey[] = VIOLATION_KINDS.flatMap((kind) => [
  kind,
  ...CAUSES.map((cause): RuleKey => `${kind}/${cause}`),
])

/** Returns the policy as it is; it exists for its types and so that a mistake is found where the policy is written. */
export function definePolicy(policy: Policy): Policy {
  return policy
}

function presetLayers(preset: PresetName, framework: Framework | undefined): Rules[] {
  const overrides = PRESET_OVERRIDES[preset] ?? []
  const own = overrides.filter(({ frameworks }) => framework !== undefined && frameworks.includes(framework))
  return [PRESETS[preset], ...own.map(({ rules }) => rules)]
}

function layersOf(policy: Policy | PresetName, framework: Framework | undefined): Rules[] {
  if (typeof policy === 'string') return presetLayers(policy, framework)
  const bases: readonly (PresetName | Policy)[] =
    policy.extends === undefined
      ? ['protect']
      : typeof policy.extends === 'object' && 'length' in policy.extends
        ? policy.extends
        : [policy.extends as PresetName | Policy]
  return [...bases.flatMap((base) => layersOf(base, framework)), policy.rules ?? {}]
}

/** Compiles a valid policy; `options.ts` has validated it. */
export function compilePolicy(policy: Policy | PresetName, framework?: Framework): CompiledPolicy {
  const actions = new Map<string, Action>()
  const options: { -readonly [K in keyof RuleOptions]: RuleOptions[K] } = {}
  for (const rules of layersOf(policy, framework)) {
    for (const [key, rule] of Object.entries(rules)) {
      actions.set(key, typeof rule === 'string' ? rule : rule[0])
      if (typeof rule !== 'string') Object.assign(options, rule[1])
    }
  }
  const table = new Map<ViolationKind, Map<Cause, Action>>()
  for (const kind of VIOLATION_KINDS) {
    const whole = actions.get(kind) ?? 'off'
    table.set(kind, new Map(CAUSES.map((cause) => [cause, actions.get(`${kind}/${cause}`) ?? whole])))
  }
  const watched = new Set(
    VIOLATION_KINDS.filter((kind) => CAUSES.some((cause) => table.get(kind)?.get(cause) !== 'off')),
  )
  const settings: Settings = {
    afterMs: options.afterMs ?? 30_000,
    graceMs: options.graceMs ?? 1000,
    idleMs: options.idleMs,
    onlyRefusals: options.onlyRefusals ?? false,
  }
  const { afterMs, idleMs = Number.POSITIVE_INFINITY } = settings
  return {
    decide: (kind, cause) => table.get(kind)?.get(cause) ?? 'off',
    watches: (kind) => watched.has(kind),
    settings: () => settings,
    varies: false,
    shortestWaitMs: Math.min(watched.has('no-response') ? afterMs : Number.POSITIVE_INFINITY, idleMs),
  }
}
