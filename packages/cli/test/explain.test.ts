import { tmpdir } from 'node:os'
import { CAUSES, VIOLATION_KINDS } from '@respond-once/core'
import { describe, expect, it } from 'vitest'
import { causesOf, explain } from '../src/explain/explain.ts'
import { BEHAVIOUR } from '../src/explain/pages.ts'
import { respondOnce } from './command.ts'

const room = tmpdir()

describe('explain', () => {
  it('takes a kind or its code', async () => {
    const [{ stdout, code }, byCode] = await Promise.all([
      respondOnce(room, ['explain', 'late-header']),
      respondOnce(room, ['explain', 'RESPOND_ONCE_LATE_HEADER']),
    ])
    expect(code).toBe(0)
    expect(byCode.stdout).toBe(stdout)
    for (const part of [
      'late-header\n',
      'Wrong:',
      'Right:',
      'Usual causes',
      'Express 5',
      'docs/violations.md#late-header',
    ]) {
      expect(stdout).toContain(part)
    }
    for (const part of ['```', '<!--', '\u001b']) expect(stdout).not.toContain(part)
  })

  it.each(VIOLATION_KINDS)('names the usual causes of %s', (kind) => {
    const text = explain(kind) ?? ''
    const [line] = text.match(/^(Usual causes|Causes?): [\s\S]*?\.$/m) ?? []
    expect(causesOf(kind).length).toBeGreaterThan(0)
    for (const cause of causesOf(kind)) expect(line).toContain(cause)
  })

  it('leaves out no cause that the conformance suite has seen', () => {
    const seen = VIOLATION_KINDS.flatMap((kind) => {
      const section = BEHAVIOUR.split(/^(?=## )/m).find((one) => one.startsWith(`## \`${kind}\`\n`)) ?? ''
      return [...section.matchAll(/ \| `([a-z-]+)` \|$/gm)].map(([, cause = '']) => ({ kind, cause }))
    })
    expect(seen.length).toBeGreaterThan(50)
    expect(seen.filter(({ kind, cause }) => cause !== 'unknown' && !causesOf(kind).includes(cause))).toEqual([])
  })

  it('names no cause that there is not', () => {
    const named = VIOLATION_KINDS.flatMap(causesOf)
    expect(named.filter((cause) => !(CAUSES as readonly string[]).includes(cause))).toEqual([])
  })

  it('shows a kind with one cause', async () => {
    const { code, stdout } = await respondOnce(room, ['explain', 'RESPOND_ONCE_DOUBLE_RESPONSE/Timeout'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^double-response\/timeout\n\nThe cause timeout: a timeout answered first: /)
    expect(stdout).toContain('**A second answer**: a second `send`')
    expect(stdout).toContain('#double-response\n')
    expect(stdout).not.toContain('not one of the usual causes')
    expect(explain('late-status/timeout')).toContain('It is not one of the usual causes of late-status.')
  })

  it('shows a cause, and the kinds that usually have it', async () => {
    const { code, stdout } = await respondOnce(room, ['explain', 'missing-return'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^missing-return\n\nThe cause missing-return: one run of a function reached /)
    expect(stdout).toMatch(/\n {2}double-response +a second answer\n/i)
    expect(stdout).toMatch(/\n {2}next-called-twice /)
    expect(stdout).not.toMatch(/\n {2}no-response /)
    expect(stdout).toContain('respond-once explain double-response/missing-return')
    for (const cause of CAUSES) expect(explain(cause)).toContain(`The cause ${cause}: `)
    expect(explain('unknown')).toContain('Where tracing has not captured it, the cause is mostly\n`unknown`.')
  })

  it.each([
    ['double-respons', 'Did you mean double-response?'],
    ['mising-return', 'Did you mean missing-return?'],
    ['double-response/timeot', 'Did you mean double-response/timeout?'],
    ['double-respons/timeout', 'Did you mean double-response/timeout?'],
    ['', 'Kinds are double-response, late-header,'],
    ['nothing-like-it', 'causes are disconnected-client,'],
  ])('says what was meant by %j', async (name, said) => {
    const { code, stdout, stderr } = await respondOnce(room, ['explain', name])
    expect([code, stdout, stderr]).toEqual([3, '', expect.stringContaining(said)])
  })
})
