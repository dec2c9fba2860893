import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { respondOnce } from './command.ts'

const room = mkdtempSync(join(tmpdir(), 'respond-once-cli-'))

beforeAll(() => {
  const write = (file: string, content: unknown) =>
    writeFileSync(join(room, file), typeof content === 'string' ? content : JSON.stringify(content))
  write('company.json', { rules: { 'next-after-response': 'suppress' }, locked: ['next-after-response'] })
  write('respond-once.json', {
    extends: './company.json',
    rules: { 'double-response/timeout': 'off' },
    overrides: [{ routes: ['/legacy/**'], methods: ['GET'], rules: { 'late-header': 'report' } }],
    exemptions: [{ fingerprint: '00aaaaaaaaaaaaaa', action: 'report', until: '2020-01-31', reason: 'JIRA-1' }],
  })
  write('bad.json', { extends: 'protct', rules: { 'late-heder': 'off' }, locked: ['x'] })
  write('loose.json', { extends: './company.json', rules: { 'next-after-response': 'off' } })
  write('module.mjs', "export default { extends: 'observe' }")
})

afterAll(() => rmSync(room, { recursive: true, force: true }))

describe('policy check', () => {
  it('says that a policy is fine, and what has ended in it', async () => {
    const { code, stdout } = await respondOnce(room, ['policy', 'check'])
    expect(stdout).toMatch(
      /^fine {2}respond-once\.json\n {2}The exemption of 00aaaaaaaaaaaaaa \(JIRA-1\) ended on 2020-01-31/,
    )
    expect(code).toBe(0)
  })

  it('lists all mistakes of all files', async () => {
    const { code, stdout } = await respondOnce(room, [
      'policy',
      'check',
      'bad.json',
      'loose.json',
      'module.mjs',
      'none.json',
    ])
    expect(code).toBe(1)
    expect(stdout).toContain('wrong bad.json: 3 mistake(s)')
    expect(stdout).toContain('bad.json.extends: found "protct"')
    expect(stdout).toContain('did you mean "late-header"?')
    expect(stdout).toContain('bad.json.locked.0: found "x"')
    expect(stdout).toMatch(/loose\.json\.rules\.next-after-response: found "off"; .*is locked by \.\/company\.json/)
    expect(stdout).toContain('fine  module.mjs')
    expect(stdout).toMatch(/none\.json: found a file that cannot be read: ENOENT/)
  })
})

describe('policy print', () => {
  it('shows each rule, and whose it is', async () => {
    const { code, stdout } = await respondOnce(room, ['policy', 'print'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^rule +action +decided by +locked by\n/)
    expect(stdout).toMatch(/\ndouble-response +suppress +protect\n/)
    expect(stdout).toMatch(/\ndouble-response\/timeout +off +respond-once\.json\n/)
    expect(stdout).toMatch(/\nnext-after-response +suppress +\.\/company\.json \(company\.json\) +\.\/company\.json/)
    expect(stdout).toContain('Overrides may decide otherwise')
    expect(stdout).not.toContain('\u001b')
  })

  it('answers for one case', async () => {
    const args = [
      'policy',
      'print',
      '--route',
      '/legacy/x',
      '--method',
      'get',
      '--environment',
      'production',
      '--framework',
      'koa',
    ]
    const { stdout } = await respondOnce(room, args)
    expect(stdout).toMatch(/\nlate-header +report +respond-once\.json \(override\)\n/)
    const { stdout: json } = await respondOnce(room, [...args, '--json'])
    expect(JSON.parse(json)).toMatchObject({
      file: 'respond-once.json',
      route: '/legacy/x',
      method: 'GET',
      framework: 'koa',
      environment: 'production',
      rules: expect.arrayContaining([
        expect.objectContaining({
          rule: 'late-header',
          action: 'report',
          path: 'respond-once.json.overrides.0.rules.late-header',
        }),
      ]),
    })
  })
})

describe('baseline', () => {
  const violation = {
    fingerprint: '00aaaaaaaaaaaaaa',
    code: 'RESPOND_ONCE_DOUBLE_RESPONSE',
    kind: 'double-response',
    method: 'GET',
    route: '/a',
  }

  it('makes a policy of a log, which can be extended', async () => {
    const log = [
      JSON.stringify(violation),
      'starting…',
      JSON.stringify({ level: 40, violation }),
      JSON.stringify({ ...violation, fingerprint: '01bbbbbbbbbbbbbb', kind: 'late-header', route: undefined }),
      '{ "level": 30 }',
    ].join('\n')
    const args = ['baseline', '--days', '30', '--reason', 'JIRA-7', '--output', 'baseline.json']
    const { code, stderr } = await respondOnce(room, args, log)
    expect(code).toBe(0)
    expect(stderr).toContain('3 violation(s), 2 of them different; 2 other line(s) left aside.')
    const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10)
    expect(JSON.parse(readFileSync(join(room, 'baseline.json'), 'utf8'))).toEqual({
      extends: [],
      exemptions: [
        { fingerprint: '00aaaaaaaaaaaaaa', action: 'report', until, reason: 'JIRA-7: double-response on GET /a' },
        { fingerprint: '01bbbbbbbbbbbbbb', action: 'report', until, reason: 'JIRA-7: late-header on GET' },
      ],
    })
    writeFileSync(join(room, 'service.json'), '{ "extends": ["protect", "./baseline.json"] }')
    expect((await respondOnce(room, ['policy', 'check', 'service.json'])).code).toBe(0)
  })

  it.each([
    ['no fingerprint', { fingerprint: '' }],
    ['a fingerprint that is too long for a policy', { fingerprint: 'f'.repeat(1001) }],
    ['a fingerprint in capitals', { fingerprint: '00AAAAAAAAAAAAAA' }],
    ['a fingerprint of another kind', { fingerprint: '01aaaaaaaaaaaaaa' }],
    ['no kind', { kind: undefined }],
    ['a kind that nobody knows', { kind: 'double' }],
    ['the code of something else', { code: 'ERR_HTTP_HEADERS_SENT' }],
    ['no method', { method: undefined }],
    ['a route that is no text', { route: 7 }],
  ])('leaves aside a line with %s', async (_name, part) => {
    const log = `${JSON.stringify({ ...violation, ...part })}\n${JSON.stringify(violation)}`
    const { code, stdout, stderr } = await respondOnce(room, ['baseline'], log)
    expect([code, stderr]).toEqual([0, '1 violation(s), 1 of them different; 1 other line(s) left aside.\n'])
    expect(JSON.parse(stdout).exemptions).toMatchObject([{ fingerprint: violation.fingerprint }])
  })

  it('writes nothing that no policy can extend', async () => {
    const args = ['baseline', '--reason', 'x'.repeat(1000), '--output', 'unusable.json']
    const { code, stderr } = await respondOnce(room, args, JSON.stringify(violation))
    expect([code, stderr]).toEqual([1, expect.stringMatching(/baseline\.exemptions\.0\.reason: .*1,000 characters/)])
    expect(existsSync(join(room, 'unusable.json'))).toBe(false)
  })

  it.each([
    ['', 'an empty name'],
    ['.', 'a folder'],
  ])('says what is wanted where the log is no file: %j', async (log, found) => {
    const { code, stderr } = await respondOnce(room, ['baseline', log])
    expect(code).toBe(1)
    expect(stderr).toContain(`found ${found}; allowed: the file of a log, or - for standard input`)
  })

  it('fails where there is no log', async () => {
    const { code, stderr } = await respondOnce(room, ['baseline', 'missing.log'])
    expect([code, stderr]).toEqual([1, expect.stringContaining('ENOENT')])
  })
})

describe('the command', () => {
  it.each([['--version'], ['-V']])('says which version it is: %s', async (option) => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    expect(await respondOnce(room, [option])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  it.each([
    [['polcy'], 'Did you mean policy?'],
    [['policy', 'chek'], 'Did you mean check?'],
    [['policy', 'print', '--rout', '/'], 'Did you mean --route?'],
    [['policy', 'print', '--framework', 'koaa'], 'Allowed choices are express, koa, fastify, node'],
    [['baseline', '--days', 'x'], 'whole number of days'],
    [[], 'Usage: respond-once'],
  ])('called wrongly says what was meant: %j', async (args, said) => {
    const { code, stderr } = await respondOnce(room, args)
    expect([code, stderr]).toEqual([3, expect.stringContaining(said)])
  })

  it.each([
    [['--help']],
    [['policy', '--help']],
    [['policy', 'check', '--help']],
    [['explain', '-h']],
    [['baseline', '-h']],
    [['bench', '-h']],
  ])('has help: %j', async (args) => {
    const { code, stdout } = await respondOnce(room, args)
    expect([code, stdout]).toEqual([0, expect.stringContaining('Usage: respond-once')])
  })
})
