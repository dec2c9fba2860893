import { Writable } from 'node:stream'
import pino from 'pino'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Repeats } from '../src/options.ts'
import { prettyReporter } from '../src/pretty.ts'
import { jsonReporter, loggerReporter, warningReporter } from '../src/reporters.ts'
import type { Violation } from '../src/violation.ts'

const violation: Violation = {
  kind: 'double-response',
  code: 'RESPOND_ONCE_DOUBLE_RESPONSE',
  action: 'suppress',
  cause: 'missing-return',
  message: 'double-response on GET /x: …',
  hint: 'add `return`',
  framework: 'express',
  method: 'GET',
  route: '/x',
  state: 'finished',
  first: { operation: 'res.json', site: undefined, atMs: 1, statusCode: 200 },
  second: { operation: 'res.send', site: undefined, atMs: 2 },
  fingerprint: '0123456789abcdef',
}
const repeats: Repeats = { count: 41, forMs: 2000, forgotten: 0 }
const data = JSON.parse(JSON.stringify(violation))

describe('a logger', () => {
  it('that is pino', () => {
    const lines: string[] = []
    const stream = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk))
        done()
      },
    })
    const reporter = loggerReporter(pino({ base: null }, stream))
    reporter.report(violation)
    reporter.report(violation, repeats)
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 40, msg: violation.message, violation: data },
      { level: 40, msg: `${violation.message}; 41 more since the last report`, violation: { ...data, repeats } },
    ])
  })

  it('that is a child of pino, at another level', () => {
    const write = vi.fn()
    loggerReporter(pino({}, { write }).child({ module: 'http' }), { level: 'error' }).report(violation)
    expect(JSON.parse(write.mock.calls[0]?.[0])).toMatchObject({ level: 50, module: 'http', msg: violation.message })
  })

  it('that takes the message first, as the console does', () => {
    const warn = vi.fn()
    loggerReporter({ warn }).report(violation)
    expect(warn.mock.calls).toEqual([[violation.message, { violation }]])
  })

  it('that takes an object first, if it is told so, and is called as a method', () => {
    class Logger {
      readonly seen: unknown[][] = []
      info(...args: unknown[]) {
        this.seen.push(args)
      }
    }
    const logger = new Logger()
    loggerReporter(logger, { level: 'info', objectFirst: true }).report(violation)
    expect(logger.seen).toEqual([[{ violation }, violation.message]])
  })

  it('that cannot log is refused at start-up', () => {
    expect(() => loggerReporter({ info() {} })).toThrow(
      new TypeError('loggerReporter needs a logger with the method warn'),
    )
  })
})

it('a warning has the code of the kind, and the fix', async () => {
  const warnings: (Error & { code?: string; detail?: string })[] = []
  const listen = (warning: Error) => void warnings.push(warning)
  process.on('warning', listen)
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  onTestFinished(() => {
    process.off('warning', listen)
    write.mockRestore()
  })
  warningReporter().report(violation)
  await new Promise((resolve) => setImmediate(resolve))
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toMatchObject({
    name: 'ResponseViolation',
    code: violation.code,
    message: violation.message,
    detail: violation.hint,
  })
})

it('JSON and text say how often', () => {
  const texts: string[] = []
  const output = { write: (text: string) => texts.push(text) }
  jsonReporter(output).report(violation, repeats)
  prettyReporter(output).report(violation, { ...repeats, count: 12_345 })
  expect(JSON.parse(texts[0] ?? '')).toEqual({ ...data, repeats })
  expect(texts[1]).toBe('✖ 12,345 more in 2 s: double-response on GET /x: …\n')
})
