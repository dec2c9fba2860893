import { describe, expect, it } from 'vitest'
import { InvalidOptionsError } from '../src/options.ts'
import { compilePolicy } from '../src/policy/compile.ts'
import { definePolicy } from '../src/policy/define.ts'

// What the types refuse is refused when the service starts, and the other way round. Each line that is expected to be an
// error is one for the compiler: the type check of this file is the other half of the test.

const exemption = { fingerprint: '00aaaaaaaaaaaaaa', action: 'report', until: '2027-01-31', reason: 'JIRA-1' } as const

const good = [
  definePolicy({}),
  definePolicy({ extends: 'strict' }),
  definePolicy({ extends: ['observe', { rules: {} }, definePolicy({})] }),
  definePolicy({ rules: { 'double-response': 'off', 'late-header/timeout': 'throw' } }),
  definePolicy({ rules: { 'no-response': ['report', { afterMs: 1 }], 'late-header': ['off', {}] } }),
  definePolicy({ rules: { 'truncated-response/stream': ['suppress', { graceMs: 1, idleMs: 2 }] } }),
  definePolicy({
    overrides: [{ routes: ['/a'], methods: ['GET'], frameworks: ['koa'], environments: ['x'], rules: {} }],
  }),
  definePolicy({ locked: ['double-response', 'late-header/loop'] }),
  definePolicy({ exemptions: [exemption] }),
  definePolicy({ $schema: './schema.json' }),
]

const bad = [
  // @ts-expect-error no preset has this name
  definePolicy({ extends: 'protct' }),
  // @ts-expect-error no preset has this name
  definePolicy({ extends: ['strict', 'obsrve'] }),
  // @ts-expect-error no kind
  definePolicy({ rules: { 'double-respons': 'off' } }),
  // @ts-expect-error no cause
  definePolicy({ rules: { 'double-response/timout': 'off' } }),
  // @ts-expect-error no action
  definePolicy({ rules: { 'double-response': 'supress' } }),
  // @ts-expect-error an option of another rule
  definePolicy({ rules: { 'late-header': ['report', { afterMs: 1 }] } }),
  // @ts-expect-error an option of another rule
  definePolicy({ rules: { 'truncated-response/stream': ['report', { onlyRefusals: true }] } }),
  // @ts-expect-error no number
  definePolicy({ rules: { 'no-response': ['report', { afterMs: '1' }] } }),
  // @ts-expect-error no option
  definePolicy({ rules: { 'no-response': ['report', { afterMS: 1 }] } }),
  // @ts-expect-error an unknown part
  definePolicy({ rule: {} }),
  // @ts-expect-error no rules
  definePolicy({ overrides: [{ routes: ['/a'] }] }),
  // @ts-expect-error an unknown condition
  definePolicy({ overrides: [{ paths: ['/a'], rules: {} }] }),
  // @ts-expect-error methods are in capitals
  definePolicy({ overrides: [{ methods: ['get'], rules: {} }] }),
  // @ts-expect-error no framework of ours
  definePolicy({ overrides: [{ frameworks: ['hapi'], rules: {} }] }),
  // @ts-expect-error a list
  definePolicy({ overrides: [{ routes: '/a', rules: {} }] }),
  // @ts-expect-error no kind
  definePolicy({ locked: ['late-heder'] }),
  // @ts-expect-error no day
  definePolicy({ exemptions: [{ ...exemption, until: 'tomorrow' }] }),
  // @ts-expect-error an exemption is mild
  definePolicy({ exemptions: [{ ...exemption, action: 'throw' }] }),
  // @ts-expect-error no reason
  definePolicy({ exemptions: [{ fingerprint: '00aaaaaaaaaaaaaa', action: 'off', until: '2027-01-31' }] }),
]

describe('what the types', () => {
  it.each(good.map((policy) => [JSON.stringify(policy), policy] as const))('allow is allowed: %s', (_name, policy) => {
    expect(() => compilePolicy(policy)).not.toThrow()
  })

  it.each(bad.map((policy) => [JSON.stringify(policy), policy] as const))('refuse is refused: %s', (_name, policy) => {
    expect(() => compilePolicy(policy)).toThrow(InvalidOptionsError)
  })
})
