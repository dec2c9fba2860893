import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidOptionsError, validateOptions } from '../src/options.ts'
import { compilePolicy, tryCompile } from '../src/policy/compile.ts'
import { type Policy, RULE_KEYS } from '../src/policy/model.ts'

describe('hostile options', () => {
  const hostile = (options: unknown) => {
    try {
      validateOptions(options)
      return 'accepted'
    } catch (error) {
      return (error as { code?: string }).code
    }
  }

  it('a policy that extends itself', () => {
    const policy: { extends?: unknown } = {}
    policy.extends = [policy]
    expect(hostile({ policy })).toBe('RESPOND_ONCE_INVALID_OPTIONS')
  })

  it('a key that means a prototype', () => {
    expect(hostile(JSON.parse('{"policy":{"rules":{"__proto__":"throw"}}}'))).toBe('RESPOND_ONCE_INVALID_OPTIONS')
    expect(hostile(JSON.parse('{"__proto__":{"policy":"strict"}}'))).toBe('RESPOND_ONCE_INVALID_OPTIONS')
    expect(hostile({ policy: 'constructor' })).toBe('RESPOND_ONCE_INVALID_OPTIONS')
    expect(hostile({ policy: { rules: { constructor: 'off' } } })).toBe('RESPOND_ONCE_INVALID_OPTIONS')
    expect(({} as { policy?: unknown }).policy).toBeUndefined()
  })

  it('what cannot be shown', () => {
    const nameless = Object.create(null) as object
    for (const policy of [Symbol('x'), 10n, nameless, new Map(), new Date(), /x/, Promise.resolve()]) {
      expect([hostile({ policy }), String(typeof policy)].join()).toMatch(/^(RESPOND_ONCE_INVALID_OPTIONS|accepted),/)
    }
    for (const policy of [Symbol('x'), 10n, /x/ as unknown]) {
      expect(hostile({ policy: policy === null ? 1 : { rules: { 'late-header': policy } } })).toBe(
        'RESPOND_ONCE_INVALID_OPTIONS',
      )
    }
  })

  it('very long names make no long message, and take no long time', () => {
    const name = 'x'.repeat(1_000_000)
    const before = performance.now()
    let message = ''
    try {
      validateOptions({ policy: name, [name]: 1 })
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).toMatch(/policy/)
    expect(message.length).toBeLessThan(10_000)
    expect(performance.now() - before).toBeLessThan(2_000)
  })

  it('control characters do not get to a terminal', () => {
    let message = ''
    try {
      validateOptions({ policy: '\u001b[31mred', 'tra\u001b[2Jce': 1 })
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).toMatch(/policy/)
    expect(message).not.toContain('\u001b')
  })
})

describe('any options', () => {
  it('are accepted and can be used, or are refused with a list of mistakes', () => {
    const name = fc.oneof(
      fc.constantFrom(...RULE_KEYS.slice(0, 20), 'extends', 'rules', 'observe', 'report'),
      fc.string(),
    )
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom('protect', 'strict', 'suppress', 'throw'),
        fc.anything(),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(name, tie('value'), { maxKeys: 4 }),
      ),
    }))
    const options = fc.oneof(
      value,
      fc.record({ policy: value, trace: value, reporters: value, enabled: value }, { requiredKeys: [] }),
      fc.record({ policy: fc.record({ extends: value, rules: value }, { requiredKeys: [] }) }),
    )
    fc.assert(
      fc.property(options, (candidate) => {
        try {
          const { policy } = validateOptions(candidate)
          compilePolicy((policy ?? 'protect') as Policy)
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidOptionsError)
          expect((error as InvalidOptionsError).problems.length).toBeGreaterThan(0)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

const many = <T>(item: (at: number) => T, count = 9999) => Array.from({ length: count }, (_, at) => item(at))

describe('a hostile policy', () => {
  const problemsOf = (policy: unknown) => {
    try {
      validateOptions({ policy })
    } catch (error) {
      return (error as InvalidOptionsError).problems
    }
    return []
  }

  const problemsIn = (options: unknown) => {
    try {
      validateOptions(options)
    } catch (error) {
      return (error as InvalidOptionsError).problems.map(({ path }) => path)
    }
    return []
  }

  it('whose getter throws is told at its place, beside its other mistakes', () => {
    const rules = {
      get 'late-header'(): never {
        throw new Error('boom')
      },
    }
    const policy = { extends: 'protct', overrides: [{ rules }], rules: { 'late-status': 'of' } }
    expect(problemsOf(policy).map(({ path, found }) => [path, found])).toEqual([
      ['policy.extends', '"protct"'],
      ['policy.overrides.0.rules.late-header', 'something that fails when it is read: boom'],
    ])
    const throws = {
      get extends(): never {
        throw new Error('boom')
      },
    }
    expect(problemsOf(throws)).toMatchObject([{ path: 'policy.extends' }])
  })

  it('that answers differently each time is read once', () => {
    let reads = 0
    const policy = {
      get rules() {
        reads++
        return reads > 1 ? { x: 'y' } : { 'late-header': 'throw' }
      },
    }
    expect(compilePolicy(policy as unknown as Policy).decide('late-header', 'loop')).toBe('throw')
    expect(reads).toBe(1)
  })

  it('is no promise, no instance, and no proxy that throws', () => {
    const proxy = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no')
        },
      },
    )
    for (const policy of [Promise.resolve('strict'), new Map(), new Date(), /x/, proxy]) {
      expect(problemsOf(policy)).toMatchObject([{ path: 'policy' }])
      expect(problemsOf({ extends: [policy] })).toMatchObject([{ path: 'policy.extends.0' }])
    }
  })

  const revoked = (target: object = {}) => {
    const { proxy, revoke } = Proxy.revocable(target, {})
    revoke()
    return proxy
  }

  it.each<readonly [string, unknown, string]>([
    ['the policy', revoked(), 'policy'],
    ['a list', revoked([]), 'policy'],
    ['what it extends', { extends: revoked() }, 'policy.extends'],
    ['one of those', { extends: ['strict', revoked([])] }, 'policy.extends.1'],
    ['its rules', { rules: revoked() }, 'policy.rules'],
    ['a rule', { rules: { 'late-header': revoked([]) } }, 'policy.rules.late-header'],
    ['an override', { overrides: [revoked()] }, 'policy.overrides.0'],
    ['its locks', { locked: revoked([]) }, 'policy.locked'],
    ['its schema', { $schema: revoked() }, 'policy.$schema'],
  ])('may hold a revoked proxy, which is one mistake: %s', (_name, policy, path) => {
    expect(problemsOf(policy)).toMatchObject([{ path, found: expect.stringContaining('revoked') }])
    expect(tryCompile(policy).problems).toMatchObject([{ path, found: expect.stringContaining('revoked') }])
  })

  it('hides no mistake beside it', () => {
    const failing = {
      policy: revoked(),
      reporters: revoked([]),
      limits: revoked(),
      trace: 'sometimes',
      get onViolation(): never {
        throw new Error('boom')
      },
    }
    expect(problemsIn(failing).toSorted()).toEqual(['limits', 'onViolation', 'policy', 'reporters', 'trace'])
    expect(problemsIn(revoked())).toEqual(['options'])
  })

  it('of any size is refused at once', () => {
    const long = 'x'.repeat(10_000_000)
    const wide = Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`k${at}`, 'off']))
    const deep = () => {
      let policy: object = {}
      for (let at = 0; at < 100_000; at++) policy = { extends: policy }
      return policy
    }
    let twice: object = {}
    for (let at = 0; at < 40; at++) twice = { extends: [twice, twice] }
    const nested = () => {
      let value: unknown = 'off'
      for (let at = 0; at < 100_000; at++) value = [value]
      return value
    }
    const before = performance.now()
    for (const policy of [
      { extends: long },
      { rules: { [long]: 'off' } },
      { rules: { 'late-header': long } },
      { overrides: [{ routes: [long], rules: {} }] },
      { exemptions: [{ fingerprint: long, action: long, until: long, reason: long }] },
      { locked: [long] },
      { rules: wide },
      { overrides: new Array(1_000_000).fill({ rules: {} }) },
      { rules: { 'late-header': nested() } },
      deep(),
      twice,
    ]) {
      const problems = problemsOf(policy)
      expect(problems.length).toBeGreaterThan(0)
      expect(new InvalidOptionsError(problems).message.length).toBeLessThan(100_000)
    }
    expect(performance.now() - before).toBeLessThan(20_000)
  })

  // What was 10 s and more, or ended in the middle, takes less than one: this tells them apart on any machine.
  it.each<readonly [string, () => Policy]>([
    [
      'thousands of locks on one rule, and as many overrides',
      () => ({
        locked: many(() => 'late-header'),
        overrides: many((at) => ({ routes: [`/${at}/**`], rules: { 'late-header': 'report' } })),
      }),
    ],
    [
      'a lock, and overrides of others beside its own',
      () => ({
        extends: {
          locked: ['late-header'],
          overrides: many((at) => ({ routes: [`/a${at}`], rules: { 'late-header': 'suppress' } }), 1000),
        },
        overrides: many((at) => ({ routes: [`/b${at}/**`], rules: { 'late-header': 'suppress' } }), 1000),
      }),
    ],
  ])('is fine in time: %s', (_name, make) => {
    const start = performance.now()
    expect(tryCompile(make()).problems).toEqual([])
    expect(performance.now() - start).toBeLessThan(5000)
  })

  it.each<readonly [string, () => unknown, number]>([
    ['rules', () => ({ rules: Object.fromEntries(many((at) => [`late-heade${at}`, 'repot'])) }), 2],
    ['overrides', () => ({ overrides: many(() => ({ routs: ['/'], rules: { 'late-heder': 'repot' } })) }), 3],
  ])('has its mistakes told in time: thousands of %s', (_name, make, each) => {
    const start = performance.now()
    expect(tryCompile(make()).problems).toHaveLength(9999 * each)
    expect(performance.now() - start).toBeLessThan(5000)
  })

  it('pollutes no prototype', () => {
    for (const text of [
      '{"__proto__":{"polluted":1}}',
      '{"rules":{"__proto__":{"polluted":1}}}',
      '{"extends":[{"constructor":{"prototype":{"polluted":1}}}]}',
      '{"overrides":[{"__proto__":{"polluted":1},"rules":{}}]}',
      '{"rules":{"no-response":["report",{"__proto__":{"afterMs":1}}]}}',
    ]) {
      expect(problemsOf(JSON.parse(text)).length).toBeGreaterThan(0)
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})
