import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { tryCompile } from '../src/policy/compile.ts'
import { policyTrees } from './policies.ts'

const schema = JSON.parse(readFileSync(new URL('../policy.schema.json', import.meta.url), 'utf8')) as object
const validate = new Ajv({ strict: false }).compile(schema)

const isAllowed = (policy: unknown) => validate(JSON.parse(JSON.stringify(policy)))

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
  expect(isAllowed({ rules: { 'no-response': ['report', { afterMs: 5 }], 'late-header/loop': 'off' } })).toBe(true)
})

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
  [{ exemptions: [{ fingerprint: 'a', action: 'throw', until: '2027-01-01', reason: 'x' }] }],
  [{ exemptions: [{ fingerprint: 'a', action: 'off', until: 'soon', reason: 'x' }] }],
])('refuses what is refused: %j', (policy) => {
  expect(isAllowed(policy)).toBe(false)
  expect(tryCompile(policy).problems).not.toEqual([])
})
