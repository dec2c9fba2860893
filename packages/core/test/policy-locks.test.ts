import { describe, expect, it } from 'vitest'
import { InvalidOptionsError, validateOptions } from '../src/options.ts'
import { compilePolicy } from '../src/policy/compile.ts'
import { definePolicy } from '../src/policy/define.ts'
import type { Policy } from '../src/policy/model.ts'
import { fingerprintPrefixOf } from '../src/violation.ts'

const company: Policy = {
  extends: 'protect',
  rules: { 'next-after-response': 'suppress', 'truncated-response': ['suppress', { graceMs: 500 }] },
  overrides: [
    { routes: ['/legacy/**'], rules: { 'next-after-response': 'report' } },
    { routes: ['/pay/**'], rules: { 'double-response': 'throw' } },
  ],
  locked: ['next-after-response', 'double-response', 'truncated-response'],
}

const now = () => Date.UTC(2027, 0, 10)

/** The mistakes in a policy. */
function problemsIn(policy: unknown) {
  try {
    compilePolicy(policy as Policy, { now })
  } catch (error) {
    if (error instanceof InvalidOptionsError) return error.problems
    throw error
  }
  return []
}

const paths = (policy: Policy) => problemsIn(policy).map(({ path }) => path)

describe('a locked rule', () => {
  it.each<readonly [string, Policy]>([
    ['left alone', {}],
    ['repeated', { rules: { 'next-after-response': 'suppress' } }],
    ['tightened', { rules: { 'next-after-response': 'throw', 'truncated-response': ['suppress', { graceMs: 100 }] } }],
    ['tightened for a cause', { rules: { 'next-after-response/unknown': 'throw' } }],
    ['tightened on a route', { overrides: [{ routes: ['/x'], rules: { 'next-after-response': 'throw' } }] }],
    [
      'as mild as its own override',
      { overrides: [{ routes: ['/legacy/x'], rules: { 'next-after-response': 'report' } }] },
    ],
    ['told otherwise, where a later rule wins', { overrides: [{ methods: ['GET'], rules: { 'late-header': 'off' } }] }],
  ])('may be %s', (_name, policy) => {
    expect(paths({ ...policy, extends: [company] })).toEqual([])
  })

  it.each<readonly [string, Policy, string]>([
    ['a rule', { rules: { 'next-after-response': 'report' } }, 'policy.rules.next-after-response'],
    ['a rule for a cause', { rules: { 'double-response/loop': 'off' } }, 'policy.rules.double-response/loop'],
    [
      'an override',
      { overrides: [{ routes: ['/a'], rules: { 'double-response': 'report' } }] },
      'policy.overrides.0.rules.double-response',
    ],
    [
      'an override for an environment that is not this one',
      { overrides: [{ environments: ['development'], rules: { 'double-response': 'off' } }] },
      'policy.overrides.0.rules.double-response',
    ],
    [
      'a rule that is as before, but for one route',
      { rules: { 'double-response': 'suppress' } },
      'policy.rules.double-response',
    ],
    [
      'a longer time',
      { rules: { 'truncated-response': ['suppress', { graceMs: 60_000 }] } },
      'policy.rules.truncated-response',
    ],
    [
      'an exemption',
      {
        exemptions: [
          {
            fingerprint: `${fingerprintPrefixOf('double-response')}0123456789abcd`,
            action: 'report',
            until: '2027-01-10',
            reason: 'JIRA-1',
          },
        ],
      },
      'policy.exemptions.0.action',
    ],
    [
      'a throw where there is no call to throw at',
      { rules: { 'truncated-response': 'throw' } },
      'policy.rules.truncated-response',
    ],
  ])('is not loosened by %s', (_name, policy, path) => {
    const problems = problemsIn({ ...policy, extends: company })
    expect(problems.map((one) => one.path)).toEqual([path])
    expect(problems[0]?.allowed).toMatch(/is locked by policy\.extends, at policy\.extends\.locked\.\d/)
  })

  it('says what a rule means that sounds stricter than it is', () => {
    const lock: Policy = { rules: { 'error-after-response': 'suppress' }, locked: ['error-after-response'] }
    expect(problemsIn({ extends: lock, rules: { 'error-after-response': 'throw' } })).toMatchObject([
      { path: 'policy.rules.error-after-response', found: '"throw", which means report here' },
    ])
    expect(
      compilePolicy({ rules: { 'error-after-response': 'throw' } }).decide('error-after-response', 'unknown'),
    ).toBe('report')
  })

  it.each<readonly [string, Policy, Policy]>([
    [
      'a longer grace',
      { rules: { 'truncated-response/stream': ['suppress', { graceMs: 100 }] }, locked: ['truncated-response/stream'] },
      { rules: { 'truncated-response/unknown': ['suppress', { graceMs: 101 }] } },
    ],
    [
      'a longer wait',
      {
        rules: { 'no-response/forgotten-response': ['report', { afterMs: 1000 }] },
        locked: ['no-response/forgotten-response'],
      },
      { rules: { 'no-response/unknown': ['report', { afterMs: 1001 }] } },
    ],
    [
      'fewer first answers that count',
      {
        rules: { 'body-overwritten/missing-return': ['report', { onlyRefusals: false }] },
        locked: ['body-overwritten/missing-return'],
      },
      {
        overrides: [
          { routes: ['/a'], rules: { 'body-overwritten/missing-return': ['report', { onlyRefusals: true }] } },
        ],
      },
    ],
  ])('for one cause is not loosened by %s', (_name, lock, policy) => {
    expect(problemsIn({ ...policy, extends: lock }).map(({ allowed }) => allowed)).toEqual([
      `nothing looser: ${lock.locked?.[0]} is locked by policy.extends, at policy.extends.locked.0`,
    ])
  })

  it('is told beside the other mistakes of the policy that loosens it', () => {
    const policy = {
      extends: company,
      rules: { 'double-responce': 'off', 'next-after-response': 'report', 'late-header': ['report', { graceMs: 1 }] },
      overrides: [{ rules: { 'double-response': 'off' } }, { routes: ['/x'], methods: ['get'], rules: {} }],
    }
    expect(paths(policy as unknown as Policy)).toEqual([
      'policy.overrides.1.methods.0',
      'policy.rules.double-responce',
      'policy.rules.late-header.1.graceMs',
      'policy.rules.next-after-response',
      'policy.overrides.0.rules.double-response',
    ])
  })

  it('holds nobody to what could not be read of its own policy', () => {
    const lock = { rules: { 'truncated-response': ['suppress', { graceMs: '5 s' }] }, locked: ['truncated-response'] }
    const service = { extends: lock, rules: { 'truncated-response': ['suppress', { graceMs: 3000 }] } }
    expect(paths(service as unknown as Policy)).toEqual(['policy.extends.rules.truncated-response.1.graceMs'])
  })

  it('holds where only a request shows that two globs meet', () => {
    const lock: Policy = {
      overrides: [{ routes: ['/a[*]b'], rules: { 'double-response': 'throw' } }],
      locked: ['double-response'],
    }
    const policy = compilePolicy({
      extends: lock,
      overrides: [{ routes: ['/a\\*b'], rules: { 'double-response': 'suppress' } }],
    })
    expect(policy.decide('double-response', 'loop', '/a*b', 'GET')).toBe('throw')
    expect(policy.explain('double-response', 'loop', '/a*b', 'GET')).toMatchObject({
      action: 'throw',
      lockedBy: 'double-response is locked by policy.extends, at policy.extends.locked.0',
    })
  })

  it('is not loosened by a preset that comes later', () => {
    expect(problemsIn({ extends: [company, 'observe'] })).toMatchObject([
      { path: 'policy.extends.1', found: '"observe", where next-after-response is report' },
      { path: 'policy.extends.1', found: '"observe", where double-response is report' },
      { path: 'policy.extends.1', found: '"observe", where truncated-response is report' },
    ])
    expect(paths({ extends: ['observe', company] })).toEqual([])
  })

  it('is not loosened by what comes earlier for a cause', () => {
    const narrow = { extends: [], rules: { 'double-response/timeout': 'off' } } as const
    expect(paths({ extends: [narrow, company] })).toEqual(['policy.extends.0.rules.double-response/timeout'])
  })

  it('holds through several policies in between', () => {
    const team: Policy = { extends: company, rules: { 'double-response': 'throw' } }
    const service: Policy = { extends: team, rules: { 'double-response': 'report' } }
    expect(paths(service)).toEqual(['policy.rules.double-response'])
    expect(paths({ extends: [team, { ...team }] })).toEqual([])
  })

  it('says who has locked it, and where', () => {
    const defined = definePolicy({ rules: { 'late-header': 'throw' }, locked: ['late-header'] })
    const [problem] = problemsIn({ extends: [defined], rules: { 'late-header': 'off' } })
    expect(problem?.allowed).toMatch(
      /^nothing looser: late-header is locked by .*policy-locks\.test\.ts:\d+:\d+, at policy\.extends\.0\.locked\.0$/,
    )
  })

  it('may be exempted where the exemption has ended, and by its owner', () => {
    const exemption = {
      fingerprint: `${fingerprintPrefixOf('double-response')}0123456789abcd`,
      action: 'off',
      until: '2027-01-09',
      reason: 'JIRA-1',
    } as const
    expect(paths({ extends: company, exemptions: [exemption] })).toEqual([])
    expect(paths({ ...company, exemptions: [{ ...exemption, until: '2027-02-01' }] })).toEqual([])
  })

  it('holds against an exemption for what nobody can tell in advance', () => {
    const locked: Policy = { rules: { 'double-response/loop': 'throw' }, locked: ['double-response/loop'] }
    const fingerprint = `${fingerprintPrefixOf('double-response')}0123456789abcd`
    const policy = compilePolicy(
      { extends: locked, exemptions: [{ fingerprint, action: 'off', until: '2027-02-01', reason: 'JIRA-1' }] },
      { now },
    )
    expect(policy.exempt(fingerprint, 'throw', 'double-response', 'loop')).toBe('throw')
    expect(policy.exempt(fingerprint, 'suppress', 'double-response', 'unknown')).toBe('off')
  })

  it('is nothing to hold where it is off', () => {
    expect(
      paths({ extends: { locked: ['no-response'] }, rules: { 'no-response': ['report', { afterMs: 90_000 }] } }),
    ).toEqual([])
  })
})

describe('a guard with a locked policy', () => {
  const problemsOf = (options: unknown) => {
    try {
      validateOptions(options)
    } catch (error) {
      return (error as InvalidOptionsError).problems
    }
    return []
  }

  it('is not switched off by an option', () => {
    const [problem] = problemsOf({ policy: company, enabled: false })
    expect(problem).toMatchObject({ path: 'enabled', found: 'false' })
    expect(problem?.allowed).toMatch(/next-after-response is locked by policy, at policy\.locked\.0; double-response/)
    expect(problemsOf({ policy: { ...company, locked: [] }, enabled: false })).toEqual([])
    expect(problemsOf({ policy: company, enabled: true })).toEqual([])
  })

  it('is not switched off by the environment', () => {
    process.env.RESPOND_ONCE = 'off'
    try {
      expect(problemsOf({ policy: { extends: company } })).toMatchObject([
        { path: 'RESPOND_ONCE', found: '"off" in the environment', allowed: expect.stringContaining('is locked by') },
      ])
      expect(problemsOf({ policy: 'strict' })).toEqual([])
    } finally {
      delete process.env.RESPOND_ONCE
    }
  })

  it('is not switched off where the policy comes from a source', () => {
    const source = { current: () => compilePolicy(company), subscribe: () => () => {} }
    expect(problemsOf({ policy: source, enabled: false })).toMatchObject([{ path: 'enabled' }])
    expect(problemsOf({ policy: source })).toEqual([])
  })
})
