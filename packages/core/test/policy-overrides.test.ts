import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../src/policy/compile.ts'
import type { Override, Policy } from '../src/policy/model.ts'

const rules = { 'late-header': 'throw' } as const

/** What a policy with one override says about a late header. */
function decided(override: Omit<Override, 'rules'>, environment = 'production') {
  const policy = compilePolicy({ overrides: [{ ...override, rules }] }, { environment })
  return (route?: string, method?: string, framework: 'koa' | 'express' = 'koa') =>
    policy.for(framework).decide('late-header', 'unknown', route, method)
}

describe('an override', () => {
  it.each<readonly [string, string, boolean]>([
    ['/legacy/**', '/legacy/users/:id', true],
    ['/legacy/**', '/legacy', true],
    ['/legacy/**', '/legacies', false],
    ['/legacy/*', '/legacy/:id', true],
    ['/legacy/*', '/legacy/users/:id', false],
    ['/users/:id', '/users/:id', true],
    ['/users/:id', '/users/:name', false],
    ['/.well-known/**', '/.well-known/a', true],
    ['/**', '/.hidden/a', true],
    ['/files/{*path}', '/files/{*path}', true],
    ['/files/**', '/files/{*path}', true],
    ['/files/**', '/files/(.*)', true],
    ['/{a,b}/*', '/b/:id', true],
    ['!/health', '/users', true],
    ['!/health', '/health', false],
  ])('for %s and the route %s: %s', (glob, route, holds) => {
    expect(decided({ routes: [glob] })(route)).toBe(holds ? 'throw' : 'suppress')
  })

  it('holds on no route where none is known', () => {
    expect(decided({ routes: ['/**'] })(undefined)).toBe('suppress')
    expect(decided({ methods: ['GET'] })('/')).toBe('suppress')
    expect(compilePolicy({ overrides: [{ frameworks: ['koa'], rules }] }).decide('late-header', 'unknown')).toBe(
      'suppress',
    )
  })

  it('needs all conditions that it names', () => {
    const override = { routes: ['/a'], methods: ['GET'], frameworks: ['koa'], environments: ['production'] } as const
    expect(decided(override)('/a', 'GET')).toBe('throw')
    expect(decided(override)('/b', 'GET')).toBe('suppress')
    expect(decided(override)('/a', 'POST')).toBe('suppress')
    expect(decided(override)('/a', 'GET', 'express')).toBe('suppress')
    expect(decided(override, 'test')('/a', 'GET')).toBe('suppress')
  })

  it('holds everywhere where it names none', () => {
    expect(decided({})()).toBe('throw')
  })

  it('takes the environment from NODE_ENV, which is development where it is not set', () => {
    const { NODE_ENV } = process.env
    const policy: Policy = { overrides: [{ environments: ['development'], rules }] }
    try {
      delete process.env.NODE_ENV
      expect(compilePolicy(policy).decide('late-header', 'unknown')).toBe('throw')
      process.env.NODE_ENV = 'production'
      expect(compilePolicy(policy).decide('late-header', 'unknown')).toBe('suppress')
    } finally {
      process.env.NODE_ENV = NODE_ENV
    }
  })

  it('wins over the rules, and later ones win over earlier ones', () => {
    const policy = compilePolicy({
      rules: { 'late-header': 'off', 'late-status': 'off' },
      overrides: [
        { routes: ['/a/**'], rules: { 'late-header': 'report', 'late-status': 'report' } },
        { routes: ['/a/b'], rules: { 'late-header': 'throw' } },
      ],
    })
    expect(policy.decide('late-header', 'unknown', '/a/b')).toBe('throw')
    expect(policy.decide('late-status', 'unknown', '/a/b')).toBe('report')
    expect(policy.decide('late-header', 'unknown', '/a/c')).toBe('report')
    expect(policy.decide('late-header', 'unknown', '/')).toBe('off')
    expect([policy.watches('late-header'), policy.varies]).toEqual([true, true])
  })

  it('of a policy that is extended comes before the rules of the one that extends it', () => {
    const base: Policy = { overrides: [{ routes: ['/a'], rules: { 'late-header': 'off' } }] }
    const policy = compilePolicy({ extends: base, rules: { 'late-header': 'throw' } })
    expect(policy.decide('late-header', 'unknown', '/a')).toBe('throw')
  })

  it('has options of its own', () => {
    const policy = compilePolicy({
      rules: { 'no-response': ['report', { afterMs: 5000 }] },
      overrides: [{ routes: ['/slow/**'], rules: { 'no-response': ['report', { afterMs: 60_000 }] } }],
    })
    expect([policy.settings('/').afterMs, policy.settings('/slow/x').afterMs]).toEqual([5000, 60_000])
    expect(policy.shortestWaitMs).toBe(5000)
    expect(policy.settings('/slow/x')).toBe(policy.settings('/slow/y'))
  })

  it('is watched only by the guards that it may concern', () => {
    const policy = compilePolicy({ overrides: [{ frameworks: ['koa'], rules: { 'no-response': 'report' } }] })
    expect(policy.for('koa').watches('no-response')).toBe(true)
    expect(policy.for('koa').shortestWaitMs).toBe(30_000)
    expect(policy.for('express').watches('no-response')).toBe(false)
    expect(policy.for('express').shortestWaitMs).toBe(Number.POSITIVE_INFINITY)
    expect(policy.for('koa')).toBe(policy.for('koa'))
  })

  it('does not make the memory grow with routes and methods that a client makes up', () => {
    const policy = compilePolicy({ overrides: [{ routes: ['/a/*'], rules }] })
    for (let at = 0; at < 20_000; at++) policy.decide('late-header', 'unknown', `/a/${at}`, `M${at}`)
    expect(policy.decide('late-header', 'unknown', '/a/1', 'GET')).toBe('throw')
  })
})

describe('who decided', () => {
  const policy = compilePolicy({
    extends: ['protect', { extends: [], rules: { 'late-header': 'throw' }, locked: ['late-header'] }],
    overrides: [{ routes: ['/a'], rules: { 'late-status': 'report' } }],
  })

  it('is the preset', () => {
    expect(policy.explain('double-response', 'unknown')).toEqual({
      action: 'suppress',
      decidedBy: 'protect',
      path: 'policy.extends.0',
      lockedBy: undefined,
    })
  })

  it('is a policy that is extended, and may have locked it', () => {
    expect(policy.explain('late-header', 'unknown', '/a')).toEqual({
      action: 'throw',
      decidedBy: 'policy.extends.1',
      path: 'policy.extends.1.rules.late-header',
      lockedBy: 'late-header is locked by policy.extends.1, at policy.extends.1.locked.0',
    })
  })

  it('is an override', () => {
    expect(policy.explain('late-status', 'unknown', '/a')).toMatchObject({
      action: 'report',
      path: 'policy.overrides.0.rules.late-status',
    })
  })

  it('is nobody', () => {
    expect(compilePolicy({ extends: [] }).explain('late-status', 'loop')).toEqual({
      action: 'off',
      decidedBy: undefined,
      path: undefined,
      lockedBy: undefined,
    })
  })
})
