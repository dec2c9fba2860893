import { once } from 'node:events'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { fingerprintOf } from '../src/fingerprint.ts'
import { respondOnce } from '../src/node.ts'
import { compilePolicy, tryCompile } from '../src/policy/compile.ts'
import type { Exemption, Policy } from '../src/policy/model.ts'
import { kindOfFingerprint, VIOLATION_KINDS, type Violation } from '../src/violation.ts'

const FINGERPRINT = '00aaaaaaaaaaaaaa'

const exemption: Exemption = { fingerprint: FINGERPRINT, action: 'report', until: '2027-01-31', reason: 'JIRA-123' }

const at = (time: string, policy: Policy = { exemptions: [exemption] }) =>
  compilePolicy(policy, { now: () => Date.parse(time) })

const exempted = (time: string) => at(time).exempt(FINGERPRINT, 'suppress', 'double-response', 'loop')

describe('an exemption', () => {
  it('holds on its last day, and no longer, in UTC', () => {
    expect(exempted('2026-12-01T00:00:00Z')).toBe('report')
    expect(exempted('2027-01-31T00:00:00Z')).toBe('report')
    expect(exempted('2027-01-31T23:59:59.999Z')).toBe('report')
    expect(exempted('2027-02-01T00:00:00Z')).toBe('suppress')
    expect(exempted('2027-01-31T20:00:00-05:00')).toBe('suppress')
  })

  it('ends while the service runs', () => {
    let now = Date.parse('2027-01-31T23:59:59Z')
    const policy = compilePolicy({ exemptions: [exemption] }, { now: () => now })
    expect(policy.exempt(FINGERPRINT, 'suppress', 'double-response', 'loop')).toBe('report')
    now += 1000
    expect(policy.exempt(FINGERPRINT, 'suppress', 'double-response', 'loop')).toBe('suppress')
  })

  it('is for one mistake, and never makes a rule stricter', () => {
    const policy = at('2027-01-01T00:00:00Z')
    expect(policy.exempt('00bbbbbbbbbbbbbb', 'suppress', 'double-response', 'loop')).toBe('suppress')
    expect(policy.exempt(FINGERPRINT, 'off', 'double-response', 'loop')).toBe('off')
    expect([policy.exempts, compilePolicy('protect').exempts]).toEqual([true, false])
  })

  it('wins over earlier ones while it holds', () => {
    const later: Exemption = { ...exemption, action: 'off', until: '2027-01-10' }
    const policy: Policy = { extends: { exemptions: [exemption] }, exemptions: [later] }
    const ask = (time: string) => at(time, policy).exempt(FINGERPRINT, 'suppress', 'double-response', 'loop')
    expect([ask('2027-01-10T12:00:00Z'), ask('2027-01-11T00:00:00Z')]).toEqual(['off', 'report'])
  })

  it.each<readonly [string, string | undefined]>([
    ['2027-01-23T23:59:59Z', undefined],
    ['2027-01-24T00:00:00Z', 'ends in 7 days: it holds until 2027-01-31, in UTC'],
    ['2027-01-30T12:00:00Z', 'ends tomorrow: it holds until 2027-01-31'],
    ['2027-01-31T23:00:00Z', 'ends today: it holds until 2027-01-31'],
    ['2027-02-01T00:00:00Z', 'ended on 2027-01-31: its rule is back in force since 2027-02-01'],
    ['2028-02-01T00:00:00Z', 'ended on 2027-01-31: its rule is back in force since 2027-02-01'],
  ])('is spoken of on %s: %s', (time, said) => {
    const notices = at(time).notices()
    expect(notices).toHaveLength(said === undefined ? 0 : 1)
    if (said !== undefined) {
      expect(notices[0]).toContain(said)
      expect(notices[0]).toContain('JIRA-123')
      expect(notices[0]).toContain(FINGERPRINT)
    }
  })

  it.each(['2027-02-30', '2027-13-01', 'tomorrow', '2027-1-1', '27-01-01', '2027-01-01T00:00:00Z', ''])(
    'does not end on %s',
    (until) => {
      const policy = { exemptions: [{ ...exemption, until }] } as unknown as Policy
      expect(() => compilePolicy(policy)).toThrow(/policy\.exemptions\.0\.until: found ".*"; allowed: a day, as in/)
    },
  )

  it.each([
    'nonsense',
    '',
    '00AAAAAAAAAAAAAA',
    '00aaaaaaaaaaaa',
    '00aaaaaaaaaaaaaaa',
    ' 00aaaaaaaaaaaaaa',
    '00aaaaaaaaaaaaaa\n',
    'ffaaaaaaaaaaaaaa',
    '9f3c…',
  ])('is of no violation where its fingerprint is %j', (fingerprint) => {
    const { problems } = tryCompile({ exemptions: [{ ...exemption, fingerprint }] })
    expect(problems).toMatchObject([
      {
        path: 'policy.exemptions.0.fingerprint',
        allowed: 'the fingerprint of a violation: 16 digits of 0-9 and a-f, of which the first two say its kind',
      },
    ])
  })

  it('takes the fingerprints of all kinds', () => {
    const site = { file: '/app/routes.js', line: 1, column: 1 }
    const first = { operation: 'res.send', site, atMs: 1 }
    const exemptions = VIOLATION_KINDS.map((kind) => ({
      ...exemption,
      fingerprint: fingerprintOf({ kind, cause: 'unknown', first, second: first }),
    }))
    expect(tryCompile({ exemptions }).problems).toEqual([])
  })

  it('needs a reason, a fingerprint and a mild action', () => {
    const policy = { exemptions: [{ fingerprint: '', action: 'throw', until: '2027-01-01' }] } as unknown as Policy
    expect(() => compilePolicy(policy)).toThrow(
      /exemptions\.0\.fingerprint.*\n.*exemptions\.0\.action.*\n.*exemptions\.0\.reason/,
    )
  })
})

describe('a guard', () => {
  /** What is told of two answers, and what the process does. */
  async function serve(policy: Policy, now: string, requests = 1): Promise<readonly Violation[]> {
    const told: Violation[] = []
    const compiled = compilePolicy(policy, { now: () => Date.parse(now) })
    const listener = respondOnce(
      (_request, response) => {
        response.on('error', () => {}).end('first')
        try {
          response.end('second')
        } catch {}
      },
      {
        policy: { current: () => compiled, subscribe: () => () => {} },
        trace: 'always',
        reporters: [],
        onViolation: (violation) => told.push(violation),
      },
    )
    const server = createServer(listener).listen(0)
    await once(server, 'listening')
    for (let at = 0; at < requests; at++) {
      const [response] = await once(get({ port: (server.address() as AddressInfo).port, agent: false }), 'response')
      await once(response.resume(), 'end')
    }
    server.close()
    return told
  }

  it('does what the exemption says about a mistake that it knows, until its day', async () => {
    const [violation] = await serve({ extends: 'strict' }, '2027-01-01')
    expect(violation?.action).toBe('throw')
    const fingerprint = violation?.fingerprint as string
    expect(kindOfFingerprint(fingerprint)).toBe('double-response')
    const exempt = (action: Exemption['action']): Policy => ({
      extends: 'strict',
      exemptions: [{ ...exemption, action, fingerprint }],
    })
    expect(await serve(exempt('suppress'), '2027-01-31')).toMatchObject([{ action: 'suppress', fingerprint }])
    expect(await serve(exempt('off'), '2027-01-31')).toEqual([])
    expect(await serve(exempt('off'), '2027-02-01')).toMatchObject([{ action: 'throw', fingerprint }])
  })

  it('says once when it starts which exemptions end', async () => {
    const warnings: Error[] = []
    const listen = (warning: Error) => warnings.push(warning)
    process.on('warning', listen)
    try {
      const policy: Policy = { exemptions: [{ ...exemption, reason: 'said once' }] }
      await serve(policy, '2027-01-28')
      await serve(policy, '2027-01-28')
      expect(warnings.filter(({ message }) => message.includes('said once'))).toMatchObject([
        { code: 'RESPOND_ONCE_EXEMPTION', message: expect.stringContaining('ends in 3 days') },
      ])
    } finally {
      process.off('warning', listen)
    }
  })
})
