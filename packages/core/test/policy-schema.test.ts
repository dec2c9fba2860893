import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { tryCompile } from '../src/policy/compile.ts'
import { METHODS, RULE_KEYS } from '../src/policy/model.ts'
import { ACTIONS } from '../src/violation.ts'
import { policyTrees } from './policies.ts'

const schema = JSON.parse(readFileSync(new URL('../policy.schema.json', import.meta.url), 'utf8')) as object
// The pattern beside it says the same as the format.
const validate = new Ajv({ strict: false, formats: { date: true } }).compile(schema)

const isAllowed = (policy: unknown) => validate(JSON.parse(JSON.stringify(policy)))

const exemption = { fingerprint: '00aaaaaaaaaaaaaa', action: 'off', until: '2028-02-29', reason: 'x' }

/** What may stand where a policy has something, for better or worse. */
const anything = fc.letrec((tie) => {
  const key = fc.constantFrom('late-header', 'no-response', 'no-response/loop', 'truncated-response', 'late-heder')
  const action = fc.constantFrom(...ACTIONS, 'of', null, 1)
  const option = fc.constantFrom('afterMs', 'graceMs', 'onlyRefusals')
  const options = fc.dictionary(option, fc.constantFrom(0, 5, -1, 2 ** 31, '5', true), { maxKeys: 2 })
  const rule = fc.oneof(action, fc.tuple(action, options), fc.tuple(action), fc.tuple(action, options, action))
  const rules = fc.oneof(fc.dictionary(key, rule, { maxKeys: 2 }), fc.constantFrom([], null, 'off'))
  const some = (...items: readonly unknown[]) => fc.oneof(fc.subarray([...items]), fc.constantFrom(items[0], null))
  const override = fc.record(
    {
      routes: some('/', '', 1),
      methods: some(METHODS[0], 'get'),
      frameworks: some('koa', 'hapi'),
      environments: some('test', ''),
      rules,
      extends: fc.constant('strict'),
    },
    { requiredKeys: [] },
  )
  const exempted = fc.record(
    {
      fingerprint: fc.constantFrom(exemption.fingerprint, '0caaaaaaaaaaaaaa', '0daaaaaaaaaaaaaa', '00aa', 1),
      action,
      until: fc.oneof(fc.constantFrom(exemption.until, '2027-02-29', '2027-13-01', 'soon', 0), fc.string()),
      reason: fc.constantFrom('x', '', null),
    },
    { requiredKeys: ['until'] },
  )
  const list = (item: fc.Arbitrary<unknown>) => fc.oneof(fc.array(item, { maxLength: 2 }), item)
  const policy = fc.record(
    {
      $schema: fc.constantFrom('x', 1),
      extends: list(tie('policy')),
      rules,
      overrides: list(override),
      locked: fc.array(fc.constantFrom(...RULE_KEYS.slice(0, 3), 'x'), { maxLength: 2 }),
      exemptions: list(exempted),
      rule: fc.constant({}),
    },
    { requiredKeys: [] },
  )
  return { policy: fc.oneof({ maxDepth: 3 }, fc.constantFrom('observe', 'strict', null, 1, ''), policy) }
}).policy

it('says of any file what is said when a service starts', () => {
  let [good, bad] = [0, 0]
  fc.assert(
    fc.property(anything, (policy) => {
      // Whether what somebody else has locked is loosened, no schema can say.
      const refusals = tryCompile(policy).problems.filter(({ allowed }) => !allowed.startsWith('nothing looser'))
      expect(isAllowed(policy)).toBe(refusals.length === 0)
      if (refusals.length === 0) good++
      else bad++
    }),
    { numRuns: 3000 },
  )
  expect(Math.min(good, bad)).toBeGreaterThan(300)
})

it('allows what is allowed', () => {
  fc.assert(
    fc.property(policyTrees({ locks: true }), (policy) => {
      expect(isAllowed(policy)).toBe(true)
    }),
    { numRuns: 200 },
  )
  expect(isAllowed({ $schema: 'x', extends: ['protect', '@acme/policy', './base.json', { extends: 'strict' }] })).toBe(
    true,
  )
  for (const preset of ['observe', 'protect', 'strict']) expect(isAllowed(preset)).toBe(true)
  expect(isAllowed({ exemptions: [exemption] })).toBe(true)
  expect(isAllowed({ rules: { 'no-response': ['report', { afterMs: 5 }], 'late-header/loop': 'off' } })).toBe(true)
})

function refuses(policy: unknown): void {
  expect(isAllowed(policy)).toBe(false)
  expect(tryCompile(policy).problems).not.toEqual([])
}

it.each([
  [{ rule: {} }],
  [{ rules: { 'late-heder': 'off' } }],
  [{ rules: { 'late-header': 'of' } }],
  [{ rules: { 'late-header': ['off', { afterMs: 1 }] } }],
  [{ rules: { 'no-response': ['report', { afterMs: -1 }] } }],
  [{ extends: 1 }],
  [{ extends: [{ rules: { x: 'off' } }] }],
  [{ overrides: [{ routes: [], rules: {} }] }],
  [{ overrides: [{ methods: ['get'], rules: {} }] }],
  [{ overrides: [{ rules: { x: 'off' } }] }],
  [{ locked: ['x'] }],
  ['protct'],
  [''],
  [['protect']],
  [{ extends: '' }],
  [{ extends: ['strict', ''] }],
  [{ extends: '/etc/policy.json' }],
  [{ extends: 'two words' }],
  [{ extends: 'x'.repeat(1001) }],
  [{ exemptions: [{ ...exemption, action: 'throw' }] }],
  [{ exemptions: [{ ...exemption, until: 'soon' }] }],
  [{ exemptions: [{ ...exemption, fingerprint: 'a' }] }],
  [{ exemptions: [{ ...exemption, fingerprint: '00AAAAAAAAAAAAAA' }] }],
  [{ exemptions: [{ ...exemption, fingerprint: '0daaaaaaaaaaaaaa' }] }],
])('refuses what is refused: %j', refuses)

it.each(['2027-02-30', '2027-02-29', '2027-13-01', '2027-00-01', '2027-04-31', '2027-01-32', '2027-1-1', ''])(
  'refuses a day that there is not: %s',
  (until) => refuses({ exemptions: [{ ...exemption, until }] }),
)
