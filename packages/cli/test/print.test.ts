import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { respondOnce } from './command.ts'

const room = mkdtempSync(join(tmpdir(), 'respond-once-print-'))
let files = 0

afterAll(() => rmSync(room, { recursive: true, force: true }))

function fileOf(policy: unknown): string {
  const file = `policy-${files++}.json`
  writeFileSync(join(room, file), JSON.stringify(policy))
  return file
}

const print = (policy: unknown, ...args: readonly string[]) =>
  respondOnce(room, ['policy', 'print', fileOf(policy), ...args])

/** The rows of a kind: what they are about, and all else in them. */
async function rowsOf(kind: string, policy: unknown): Promise<Record<string, string>> {
  const { stdout } = await print(policy, '--framework', 'express')
  const rows = stdout.split('\n').filter((line) => line.startsWith(`${kind} `) || line.startsWith(`${kind}/`))
  return Object.fromEntries(rows.map((row) => [row.split(' ')[0], row.replace(/^\S+ +/, '')]))
}

describe('a lock, as it is printed', () => {
  it.each(['loop', 'disconnected-client', 'unknown'])('is that of its cause only: %s', async (cause) => {
    const company = fileOf({ extends: 'protect', locked: [`double-response/${cause}`] })
    expect(await rowsOf('double-response', { extends: `./${company}` })).toEqual({
      'double-response': expect.stringMatching(/^suppress +protect$/),
      [`double-response/${cause}`]: expect.stringMatching(
        new RegExp(`^suppress +protect +\\./${company} \\(${company}\\), at \\S+\\.extends\\.locked\\.0$`),
      ),
    })
  })

  it('that holds the whole kind holds a rule for one cause too', async () => {
    const company = { rules: { 'double-response/timeout': 'report' }, locked: ['double-response'] }
    expect(await rowsOf('double-response', company)).toEqual({
      'double-response': expect.stringMatching(/^suppress .*locked\.0$/),
      'double-response/timeout': expect.stringMatching(/^report .*locked\.0$/),
    })
  })

  it('of the kind and one of a cause are both named where both hold', async () => {
    const company = { locked: ['double-response/loop', 'double-response'] }
    expect(await rowsOf('double-response', company)).toEqual({
      'double-response': expect.stringMatching(/^suppress +protect +\S+, at \S+\.locked\.1$/),
      'double-response/loop': expect.stringMatching(/^suppress .*locked\.0; .*locked\.1$/),
    })
  })

  it('is told as data in the same way', async () => {
    const { stdout } = await print({ locked: ['double-response/disconnected-client'] }, '--json')
    const { rules } = JSON.parse(stdout)
    const lockOf = (name: string) => rules.find(({ rule }: { rule: string }) => rule === name)?.lockedBy
    expect(lockOf('double-response')).toBeUndefined()
    expect(lockOf('double-response/disconnected-client')).toMatch(/^double-response\/disconnected-client is locked by /)
  })
})

describe('what else the answer depends on', () => {
  it('is the framework, where a rule is another on one', async () => {
    const { stdout } = await print({ extends: 'protect' })
    expect(stdout).toMatch(/\nnext-after-response +report +protect\n/)
    expect(stdout).toContain('On fastify, next-after-response is suppress: ask with --framework.')
    expect(stdout).not.toMatch(/^On (express|koa|node)/m)
    expect((await print({ extends: 'observe' })).stdout).not.toMatch(/^On /m)
    expect((await print({ extends: 'protect' }, '--framework', 'koa')).stdout).not.toMatch(/^On |--framework/m)
  })

  it('is the environment, which is named', async () => {
    const policy = {
      overrides: [{ environments: ['production', 'staging'], rules: { 'double-response/loop': 'throw' } }],
    }
    const { stdout } = await print(policy)
    expect(stdout).toContain('This holds in development: ask about others with --environment.')
    expect(stdout).toContain('In staging and production, double-response/loop is throw: ask with --environment.')
    const { stdout: asked } = await print(policy, '--environment', 'production')
    expect(asked).toMatch(/\ndouble-response\/loop +throw/)
    expect(asked).not.toContain('--environment')
    const file = fileOf(policy)
    const inProduction = await respondOnce(room, ['policy', 'print', file], '', { NODE_ENV: 'production' })
    expect(inProduction.stdout).toContain('This holds in production: ask about others with --environment.')
    expect(inProduction.stdout).toContain('In development and test, double-response/loop is suppress')
  })

  it('is the route and the method, also where only one framework asks for them', async () => {
    const policy = { overrides: [{ frameworks: ['koa'], methods: ['POST'], rules: { 'late-header': 'off' } }] }
    expect((await print(policy)).stdout).toContain('Overrides may decide otherwise: ask with --route and --method.')
    expect((await print(policy, '--route', '/')).stdout).toContain('Overrides may decide otherwise: ask with --method.')
    for (const args of [
      ['--framework', 'express'],
      ['--method', 'GET', '--route', '/'],
    ]) {
      expect((await print(policy, ...args)).stdout).not.toContain('Overrides may decide')
    }
  })

  it('is told as data too', async () => {
    const { stdout } = await print({ extends: 'protect' }, '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      environment: 'development',
      hints: expect.arrayContaining([expect.stringContaining('On fastify, next-after-response is suppress')]),
    })
  })
})

describe('what is asked wrongly', () => {
  it.each([
    ['GTE', 'Did you mean GET?'],
    ['postt', 'Did you mean POST?'],
    ['nonsense-of-nobody', 'It must be a method of HTTP, such as GET.'],
  ])('is a method that nobody can send: %s', async (method, said) => {
    const { code, stdout, stderr } = await print({}, '--method', method)
    expect([code, stdout, stderr]).toEqual([3, '', expect.stringContaining(said)])
  })

  it.each([
    ['koaa', 'Did you mean koa?'],
    ['nestjs', 'Allowed choices are express, koa, fastify, node.'],
  ])('is a framework that there is not: %s', async (framework, said) => {
    const { code, stdout, stderr } = await print({}, '--framework', framework)
    expect([code, stdout, stderr]).toEqual([3, '', expect.stringContaining(said)])
  })

  it('is a policy with mistakes, which are data where data is asked for', async () => {
    const { code, stdout } = await print({ extends: 'protct' }, '--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toEqual({
      file: expect.stringMatching(/^policy-/),
      problems: [
        {
          path: expect.stringMatching(/\.extends$/),
          found: '"protct"',
          allowed: expect.stringContaining('protect'),
          suggestion: 'protect',
        },
      ],
    })
  })

  it.each([
    ['print', ''],
    ['check', ''],
    ['print', '.'],
    ['check', '.'],
    ['check', 'none.mjs'],
  ])('is what is no file: policy %s %j', async (command, file) => {
    const { code, stdout, stderr } = await respondOnce(room, ['policy', command, file])
    const said = stdout + stderr
    const found = { '': 'an empty name', '.': 'a folder', 'none.mjs': 'a file that is not there' }[file]
    expect(code).toBe(1)
    expect(said).toContain(`found ${found}; allowed: `)
    expect(said).toContain('a policy, as JSON or as a module')
    expect(said).not.toMatch(/Cannot find module|Require stack/)
  })
})
