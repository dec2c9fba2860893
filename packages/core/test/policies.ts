import fc from 'fast-check'
import type { Exemption, Override, Policy, PresetName, RuleKey, Rules } from '../src/policy/model.ts'
import { ACTIONS, FRAMEWORKS, type Framework } from '../src/violation.ts'

// Policies as organisations might write them, and what they are asked. Few kinds, routes and methods, so that they meet.

const KEYS: readonly RuleKey[] = [
  'double-response',
  'double-response/timeout',
  'double-response/loop',
  'late-header',
  'late-header/timeout',
  'truncated-response',
  'truncated-response/stream',
]

/** How long a broken body may stay silent, where a rule says it. */
const GRACES = [50, 1000, 5000]

export const ASKED = [
  ['double-response', 'timeout'],
  ['double-response', 'loop'],
  ['double-response', 'unknown'],
  ['late-header', 'timeout'],
  ['late-header', 'unknown'],
  ['truncated-response', 'stream'],
  ['truncated-response', 'unknown'],
] as const

const ROUTES = ['/', '/legacy', '/legacy/a', '/legacy/a/b', '/pay/:id', '/legacy/:id', undefined]
const GLOBS = ['/legacy/**', '/legacy/*', '/legacy/a', '/**', '/pay/:id', '/pay/*', '!/legacy/**', '**/a/**']
const METHODS = ['GET', 'POST'] as const
const ENVIRONMENTS = ['production', 'development']

const action = fc.constantFrom(...ACTIONS)
const withGrace = fc.tuple(action, fc.record({ graceMs: fc.constantFrom(...GRACES) }))

const rules = fc.uniqueArray(fc.constantFrom(...KEYS), { maxLength: 3 }).chain((keys) => {
  const ruleFor = (key: RuleKey) => (key.startsWith('truncated-response') ? fc.oneof(action, withGrace) : action)
  return fc.record(Object.fromEntries(keys.map((key) => [key, ruleFor(key)])))
}) as fc.Arbitrary<Rules>

const someOf = <T>(...items: readonly T[]) => fc.subarray([...items], { minLength: 1, maxLength: 2 })

const override: fc.Arbitrary<Override> = fc.record(
  {
    routes: someOf(...GLOBS),
    methods: someOf(...METHODS),
    frameworks: someOf(...FRAMEWORKS),
    environments: someOf(...ENVIRONMENTS),
    rules,
  },
  { requiredKeys: ['rules'] },
)

const exemption: fc.Arbitrary<Exemption> = fc.record({
  fingerprint: fc.constantFrom('00aaaaaaaaaaaaaa', '01bbbbbbbbbbbbbb', '07cccccccccccccc'),
  action: fc.constantFrom('off', 'report', 'suppress'),
  until: fc.constant('2030-01-01'),
  reason: fc.constant('known'),
})

const preset: fc.Arbitrary<PresetName> = fc.constantFrom('observe', 'protect', 'strict')

/** Trees of policies, `locked` and exempted or not. */
export function policyTrees(holds: { readonly locks: boolean }): fc.Arbitrary<Policy> {
  const own = {
    rules,
    overrides: fc.array(override, { maxLength: 2 }),
    ...(holds.locks && {
      locked: fc.subarray([...KEYS], { maxLength: 2 }),
      exemptions: fc.array(exemption, { maxLength: 1 }),
    }),
  }
  return fc.letrec<{ policy: Policy; base: Policy | PresetName }>((tie) => ({
    policy: fc.record(
      { ...own, extends: fc.array(tie('base'), { maxLength: 2 }) },
      { requiredKeys: [] },
    ) as fc.Arbitrary<Policy>,
    base: fc.oneof({ maxDepth: 2 }, preset, tie('policy')),
  })).policy
}

/** A case that a policy is asked about. */
export interface Asked {
  readonly environment: string
  readonly framework: Framework
  readonly route: string | undefined
  readonly method: string
}

export const cases: fc.Arbitrary<Asked> = fc.record({
  environment: fc.constantFrom(...ENVIRONMENTS),
  framework: fc.constantFrom(...FRAMEWORKS),
  route: fc.constantFrom(...ROUTES),
  method: fc.constantFrom(...METHODS),
})

/** All policies of a tree. */
export function policiesIn(policy: Policy): readonly Policy[] {
  const { extends: bases = [] } = policy
  const list = (Array.isArray(bases) ? bases : [bases]) as readonly (Policy | PresetName)[]
  return [policy, ...list.flatMap((base) => (typeof base === 'string' ? [] : policiesIn(base)))]
}
