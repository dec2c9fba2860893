import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../src/policy/compile.ts'
import { definePolicy } from '../src/policy/define.ts'
import { type Policy, PRESETS, type PresetName, RULE_KEYS, type Rules } from '../src/policy/model.ts'
import { ACTIONS, CAUSES, VIOLATION_KINDS } from '../src/violation.ts'

/** The presets as users read them: kind by kind, for observe, protect and strict. */
const TABLE: Readonly<Record<(typeof VIOLATION_KINDS)[number], readonly [string, string, string]>> = {
  'double-response': ['report', 'suppress', 'throw'],
  'late-header': ['report', 'suppress', 'throw'],
  'late-status': ['report', 'suppress', 'throw'],
  'write-after-end': ['report', 'suppress', 'throw'],
  'next-after-response': ['report', 'report', 'throw'],
  'next-called-twice': ['report', 'suppress', 'throw'],
  'error-after-response': ['report', 'suppress', 'report'],
  'truncated-response': ['report', 'suppress', 'suppress'],
  'no-response': ['off', 'off', 'report'],
  'body-overwritten': ['off', 'report', 'throw'],
  'length-mismatch': ['report', 'report', 'report'],
  'body-not-allowed': ['off', 'off', 'report'],
  'response-after-close': ['off', 'off', 'off'],
}

describe('the presets', () => {
  it.each(['observe', 'protect', 'strict'].map((name, at) => [name, at] as const))('%s', (name, at) => {
    const policy = compilePolicy(name as PresetName)
    for (const kind of VIOLATION_KINDS) {
      for (const cause of CAUSES) expect([kind, policy.decide(kind, cause)]).toEqual([kind, TABLE[kind][at]])
      expect([kind, policy.watches(kind)]).toEqual([kind, TABLE[kind][at] !== 'off'])
    }
  })

  it('name a rule for every kind', () => {
    for (const preset of Object.values(PRESETS)) expect(Object.keys(preset)).toEqual([...VIOLATION_KINDS])
  })

  it('wait a second before they cut, and half a minute for an answer', () => {
    const { graceMs, afterMs, idleMs } = compilePolicy('protect').settings()
    expect([graceMs, afterMs, idleMs]).toEqual([1000, 30_000, undefined])
  })
})

describe('a policy', () => {
  it('starts from protect', () => {
    const policy = compilePolicy({ rules: { 'late-header': 'off' } })
    expect(policy.decide('double-response', 'unknown')).toBe('suppress')
    expect(policy.decide('late-header', 'unknown')).toBe('off')
    expect(policy.watches('late-header')).toBe(false)
  })

  it('starts from what it extends, where later ones win', () => {
    const base: Policy = { extends: 'strict', rules: { 'late-status': 'off' } }
    const policy = compilePolicy({ extends: [base, 'observe'], rules: { 'double-response': 'throw' } })
    expect(policy.decide('late-status', 'unknown')).toBe('report')
    expect(policy.decide('no-response', 'unknown')).toBe('off')
    expect(policy.decide('double-response', 'unknown')).toBe('throw')
    expect(compilePolicy({ extends: ['observe', base] }).decide('late-status', 'unknown')).toBe('off')
    expect(compilePolicy({ extends: ['observe', base] }).decide('late-header', 'unknown')).toBe('throw')
  })

  it('takes what a list of one extends as that one', () => {
    const one = compilePolicy({ extends: ['observe'] })
    const bare = compilePolicy({ extends: 'observe' })
    for (const kind of VIOLATION_KINDS) expect(one.decide(kind, 'loop')).toBe(bare.decide(kind, 'loop'))
  })

  it('starts from nothing where it extends nothing', () => {
    expect(compilePolicy({ extends: [] }).decide('double-response', 'unknown')).toBe('off')
  })

  it('narrows a rule to a cause', () => {
    const policy = compilePolicy({
      rules: { 'double-response/timeout': 'off', 'no-response/forgotten-response': 'report' },
    })
    expect(policy.decide('double-response', 'timeout')).toBe('off')
    expect(policy.decide('double-response', 'loop')).toBe('suppress')
    // One cause is enough to look.
    expect([policy.watches('double-response'), policy.watches('no-response')]).toEqual([true, true])
  })

  it('narrows a rule that it sets itself, in any order of keys', () => {
    const rules = { 'double-response/timeout': 'report', 'double-response': 'throw' } as const
    const policy = compilePolicy({ rules })
    expect([policy.decide('double-response', 'timeout'), policy.decide('double-response', 'loop')]).toEqual([
      'report',
      'throw',
    ])
  })

  it('takes options with an action, and keeps those of what it extends', () => {
    const base = definePolicy({ rules: { 'no-response': ['report', { afterMs: 10 }] } })
    const policy = compilePolicy({
      extends: ['protect', base],
      rules: { 'truncated-response': ['suppress', { graceMs: 5, idleMs: 7 }] },
    })
    const { afterMs, graceMs, idleMs } = policy.settings()
    expect([afterMs, graceMs, idleMs]).toEqual([10, 5, 7])
    expect(policy.decide('no-response', 'unknown')).toBe('report')
  })

  it.each<Rules>([
    { 'truncated-response/stream': ['suppress', { graceMs: 1 }], 'truncated-response': ['suppress', { graceMs: 2 }] },
    { 'truncated-response': ['suppress', { graceMs: 2 }], 'truncated-response/stream': ['suppress', { graceMs: 1 }] },
  ])('takes the options beside a cause first, in any order of keys', (rules) => {
    expect(compilePolicy({ rules }).settings().graceMs).toBe(1)
    expect(compilePolicy({ extends: { rules }, rules: { 'truncated-response': 'report' } }).settings().graceMs).toBe(1)
  })

  it('is handed back by definePolicy as it is, and JSON works the same', () => {
    const policy = definePolicy({ extends: ['strict'], rules: { 'late-header/loop': 'off' } })
    const compiled = [compilePolicy(policy), compilePolicy(JSON.parse(JSON.stringify(policy)))]
    for (const cause of CAUSES) {
      expect(compiled[0]?.decide('late-header', cause)).toBe(compiled[1]?.decide('late-header', cause))
    }
  })

  it('decides by the narrowest rule of the last layer that has one', () => {
    const rules = fc.dictionary(fc.constantFrom(...RULE_KEYS), fc.constantFrom(...ACTIONS), { maxKeys: 30 })
    fc.assert(
      fc.property(fc.array(rules, { maxLength: 4 }), fc.constantFrom(...VIOLATION_KINDS), (layers, kind) => {
        const policy = compilePolicy({ extends: layers.map((layer) => ({ extends: [], rules: layer })) })
        const lastOf = (key: string) =>
          layers.map((layer) => layer[key as keyof typeof layer]).findLast((action) => action !== undefined)
        for (const cause of CAUSES) {
          const action = lastOf(`${kind}/${cause}`) ?? lastOf(kind) ?? 'off'
          const hasNoCall = kind === 'error-after-response' || kind === 'truncated-response'
          expect(policy.decide(kind, cause)).toBe(action === 'throw' && hasNoCall ? 'report' : action)
        }
      }),
    )
  })
})
