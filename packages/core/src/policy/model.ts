import { type Action, CAUSES, type Cause, type Framework, VIOLATION_KINDS, type ViolationKind } from '../violation.ts'

/** The names of the presets. */
export const PRESET_NAMES = ['observe', 'protect', 'strict'] as const

/** `observe` only tells, `protect` saves the first response, `strict` throws. */
export type PresetName = (typeof PRESET_NAMES)[number]

/** The options that rules take, by the rule that takes them. */
export interface OptionsByKind {
  readonly 'no-response': Pick<RuleOptions, 'afterMs'>
  readonly 'truncated-response': Pick<RuleOptions, 'graceMs' | 'idleMs'>
  readonly 'body-overwritten': Pick<RuleOptions, 'onlyRefusals'>
}

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

/** The rule that each option belongs to. */
export const OPTION_KINDS: { readonly [O in keyof RuleOptions]-?: keyof OptionsByKind } = {
  afterMs: 'no-response',
  graceMs: 'truncated-response',
  idleMs: 'truncated-response',
  onlyRefusals: 'body-overwritten',
}

/** An action, or an action with the options that the rule takes. */
export type Rule<K extends ViolationKind = ViolationKind> =
  | Action
  | readonly [Action, K extends keyof OptionsByKind ? OptionsByKind[K] : Readonly<Record<string, never>>]

/** A kind, or a kind narrowed to one cause: `double-response/timeout`. */
export type RuleKey = ViolationKind | `${ViolationKind}/${Cause}`

/** Rules by kind, and by kind and cause. */
export type Rules = { readonly [K in ViolationKind]?: Rule<K> } & {
  readonly [K in ViolationKind as `${K}/${Cause}`]?: Rule<K>
}

/** The methods of HTTP that Node reads. */
export const METHODS = [
  'ACL',
  'BIND',
  'CHECKOUT',
  'CONNECT',
  'COPY',
  'DELETE',
  'GET',
  'HEAD',
  'LINK',
  'LOCK',
  'M-SEARCH',
  'MERGE',
  'MKACTIVITY',
  'MKCALENDAR',
  'MKCOL',
  'MOVE',
  'NOTIFY',
  'OPTIONS',
  'PATCH',
  'POST',
  'PROPFIND',
  'PROPPATCH',
  'PURGE',
  'PUT',
  'QUERY',
  'REBIND',
  'REPORT',
  'SEARCH',
  'SOURCE',
  'SUBSCRIBE',
  'TRACE',
  'UNBIND',
  'UNLINK',
  'UNLOCK',
  'UNSUBSCRIBE',
] as const

/** Rules for some cases: all conditions that are named must hold. */
export interface Override {
  /** Globs over route patterns: `/legacy/**` is every route below `/legacy`, and that one. */
  readonly routes?: readonly string[]
  readonly methods?: readonly (typeof METHODS)[number][]
  readonly frameworks?: readonly Framework[]
  /** What `NODE_ENV` says; `development` where it says nothing. */
  readonly environments?: readonly string[]
  readonly rules: Rules
}

/** A day, as in `2027-01-31`. */
export type Day = `${number}-${number}-${number}`

/** A known mistake that is judged more mildly, until a day. */
export interface Exemption {
  /** The violation's own: 16 digits of `0-9` and `a-f`. */
  readonly fingerprint: string
  /** What is done about it at most. */
  readonly action: Exclude<Action, 'throw'>
  /** The last day on which it holds, in UTC. */
  readonly until: Day
  /** Why, for whoever reads it later: a ticket. */
  readonly reason: string
}

/** What to do about each kind of violation. Plain data: JSON works the same. */
export interface Policy {
  /** For editors: where the JSON Schema is. */
  readonly $schema?: string
  /** Presets and policies to start from; later ones win. Default `protect`. In JSON, names of packages and files too. */
  readonly extends?: PresetName | Policy | readonly (PresetName | Policy)[]
  readonly rules?: Rules
  /** Rules for some routes, methods, frameworks or environments; later ones win. */
  readonly overrides?: readonly Override[]
  /** Rules that a policy which extends this one may tighten, never loosen. */
  readonly locked?: readonly RuleKey[]
  readonly exemptions?: readonly Exemption[]
}

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
export const PRESET_OVERRIDES: { readonly [P in PresetName]?: readonly Override[] } = {
  // A hook of Fastify that has answered is to end the route; Express runs nothing that was not asked for.
  protect: [{ frameworks: ['fastify'], rules: { 'next-after-response': 'suppress' } }],
}

/** The keys that `rules` may have. */
export const RULE_KEYS: readonly RuleKey[] = VIOLATION_KINDS.flatMap((kind) => [
  kind,
  ...CAUSES.map((cause): RuleKey => `${kind}/${cause}`),
])

/** Whether a text is the name of a preset. */
export function isPreset(name: string): name is PresetName {
  return (PRESET_NAMES as readonly string[]).includes(name)
}
