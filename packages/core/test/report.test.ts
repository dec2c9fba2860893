import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { prettyReporter } from '../src/pretty.ts'
import { Announcer } from '../src/report.ts'
import { jsonReporter } from '../src/reporters.ts'
import type { Violation } from '../src/violation.ts'

const violation: Violation = {
  kind: 'double-response',
  code: 'RESPOND_ONCE_DOUBLE_RESPONSE',
  action: 'suppress',
  cause: 'missing-return',
  message: 'double-response on GET /users/:id: …',
  hint: 'add `return` before res.json',
  framework: 'express',
  method: 'GET',
  route: '/users/:id',
  state: 'finished',
  first: { operation: 'res.json', site: { file: '/app/users.js', line: 3, column: 7 }, atMs: 1.5, statusCode: 200 },
  second: { operation: 'res.send', site: undefined, atMs: 2 },
  fingerprint: '0123456789abcdef',
}

const failing = (fail: () => unknown) => ({ report: () => fail() as never })

afterEach(() => vi.unstubAllEnvs())

describe('reporters', () => {
  it('writes one line of JSON', () => {
    const lines: string[] = []
    jsonReporter({ write: (text) => lines.push(text) }).report(violation)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^[^\n]+\n$/)
    expect(JSON.parse(lines[0] ?? '')).toEqual(JSON.parse(JSON.stringify(violation)))
  })

  it('writes text for people: both places, the fix, what was done', () => {
    let text = ''
    const write = (chunk: string) => {
      text += chunk
    }
    prettyReporter({ write }).report(violation)
    const { kind, cause, method, route, state, fingerprint, hint } = violation
    for (const part of [kind, cause, `${method} ${route}`, state, fingerprint, hint]) expect(text).toContain(part)
    for (const part of ['res.json answered with 200', '/app/users.js:3:7', 'res.send, 0.5 ms later', 'suppress']) {
      expect(text).toContain(part)
    }
    expect(text.endsWith('\n')).toBe(true)
    expect(text).not.toContain('\u001b')
  })

  it('writes text although a side is missing', () => {
    const lines: string[] = []
    const reporter = prettyReporter({ write: (text) => lines.push(text) })
    reporter.report({ ...violation, first: undefined })
    reporter.report({ ...violation, second: undefined })
    expect(lines.join('')).not.toContain('undefined')
    expect(lines).toHaveLength(2)
  })

  it.each([
    ['production', true, 'json'],
    ['production', false, 'json'],
    ['development', true, 'pretty'],
    ['development', false, 'json'],
    ['', true, 'pretty'],
  ])('by default, with NODE_ENV %j and a terminal %j: %s', (environment, isTerminal, expected) => {
    vi.stubEnv('NODE_ENV', environment)
    const { isTTY } = process.stderr
    process.stderr.isTTY = isTerminal
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    onTestFinished(() => {
      written.mockRestore()
      process.stderr.isTTY = isTTY
    })
    new Announcer({}).announce(violation)
    const text = written.mock.calls.map(([chunk]) => String(chunk)).join('')
    if (expected === 'json') expect(JSON.parse(text)).toMatchObject({ kind: 'double-response' })
    else expect(stripVTControlCharacters(text)).toContain(violation.hint)
    expect(text.startsWith('{')).toBe(expected === 'json')
  })

  it('are none where an empty list is given', () => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    onTestFinished(() => written.mockRestore())
    new Announcer({ reporters: [] }).announce(violation)
    expect(written).not.toHaveBeenCalled()
  })
})

describe('everybody who wants to know', () => {
  it('is told, in order: reporters, onViolation, the channel', () => {
    const told: string[] = []
    const listen = (message: unknown) => {
      expect(message).toBe(violation)
      told.push('channel')
    }
    subscribe('respond-once:violation', listen)
    onTestFinished(() => void unsubscribe('respond-once:violation', listen))
    const reporters = ['one', 'two'].map((name) => ({ report: () => void told.push(name) }))
    new Announcer({ reporters, onViolation: () => void told.push('onViolation') }).announce(violation)
    expect(told).toEqual(['one', 'two', 'onViolation', 'channel'])
  })

  it('calls a reporter as a method', () => {
    class Counting {
      count = 0
      report() {
        this.count++
      }
    }
    const reporter = new Counting()
    new Announcer({ reporters: [reporter] }).announce(violation)
    expect(reporter.count).toBe(1)
  })

  it('is told although others fail', async () => {
    const rejections: unknown[] = []
    const onRejection = (reason: unknown) => rejections.push(reason)
    process.on('unhandledRejection', onRejection)
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
    onTestFinished(() => {
      process.off('unhandledRejection', onRejection)
      warn.mockRestore()
    })
    const told: string[] = []
    const reporters = [
      failing(() => {
        throw new Error('thrown')
      }),
      failing(() => {
        throw undefined
      }),
      failing(() => Promise.reject(new Error('rejected'))),
      { report: () => void told.push('reporter') },
    ]
    const announcer = new Announcer({
      reporters,
      onViolation: (async () => {
        told.push('onViolation')
        throw new Error('rejected too')
      }) as () => void,
    })
    expect(() => announcer.announce(violation)).not.toThrow()
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect([told, rejections]).toEqual([['reporter', 'onViolation'], []])
    expect(warn).toHaveBeenCalledOnce()
    expect(warn.mock.calls[0]?.[1]).toMatchObject({ code: 'RESPOND_ONCE_REPORTER_FAILED' })
  })
})
