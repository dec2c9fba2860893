import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import pc from 'picocolors'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messageOf } from '../src/explain.ts'
import { hintOf } from '../src/hint.ts'
import { respondOnce, type Violation } from '../src/node.ts'
import { prettyReport, prettyReporter } from '../src/pretty.ts'
import { jsonReporter, loggerReporter, warningReporter } from '../src/reporters.ts'

// Nothing of a request gets out, and nothing that an application is called can write where it should not.

const texts: string[] = []
const output = { write: (text: string) => void texts.push(text) }
const violations: Violation[] = []

/** Each request makes several mistakes, with all that a client has sent. */
const server = createServer(
  respondOnce(
    (req, res) => {
      let body = ''
      req.on('data', (chunk: Buffer) => {
        body += chunk.toString()
      })
      req.on('end', () => {
        const mirrored = `${req.url} ${body} ${req.headers.cookie} ${req.headers['x-value']}`
        res.setHeader('X-Mirror', encodeURIComponent(mirrored))
        res.end(mirrored)
        res.setHeader('X-Late', encodeURIComponent(mirrored))
        setImmediate(() => {
          res.write(mirrored)
          res.end(mirrored)
        })
        throw Object.assign(new Error(mirrored), { body })
      })
    },
    {
      reporters: [
        jsonReporter(output),
        prettyReporter(output),
        loggerReporter({ warn: (...args: unknown[]) => void texts.push(JSON.stringify(args)) }),
        warningReporter(),
      ],
      onViolation: (violation) => void violations.push(violation),
      trace: 'always',
    },
  ),
)

const swallow = () => {}
const onWarning = (warning: Error & { detail?: string }) => void texts.push(`${warning.message} ${warning.detail}`)

beforeAll(async () => {
  process.on('warning', onWarning)
  process.on('uncaughtException', swallow)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  process.off('warning', onWarning)
  process.off('uncaughtException', swallow)
  server.close().closeAllConnections()
})

/** A text that is nowhere else. */
const secret = fc.string({ unit: fc.constantFrom(...'abcdefghij'), minLength: 12, maxLength: 24 })

function send(parts: Readonly<Record<'path' | 'query' | 'cookie' | 'value' | 'body', string>>): Promise<void> {
  const { port } = server.address() as AddressInfo
  return new Promise((resolve) => {
    const client = request(
      {
        port,
        host: '127.0.0.1',
        agent: false,
        method: 'POST',
        path: `/${parts.path}?q=${parts.query}`,
        headers: { cookie: `session=${parts.cookie}`, 'x-value': parts.value },
      },
      (response) => response.resume().once('close', () => setTimeout(resolve, 5)),
    )
    client.once('error', () => resolve())
    client.end(parts.body)
  })
}

describe('what a client has sent', () => {
  it('is in no violation, and in nothing that is written', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ path: secret, query: secret, cookie: secret, value: secret, body: secret }),
        async (parts) => {
          texts.length = 0
          violations.length = 0
          await send(parts)
          expect(violations.length).toBeGreaterThan(0)
          const told = [...texts, JSON.stringify(violations)].join('\n')
          for (const part of Object.values(parts)) expect(told).not.toContain(part)
        },
      ),
      { numRuns: 60 },
    )
  })
})

/** What writes elsewhere on a terminal, or begins another line of a log. */
const harmful = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_C}]/u

/** Names as somebody might choose them who wants to be read. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\u001b[2J',
        '\u001b]8;;http://x\u0007',
        '\r\n',
        '\n',
        '\u202e',
        '\u2028',
        '\u009b31m',
        '\u0000',
        '"',
        '`',
        '\\',
      ),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => parts.join(''))

describe('names of the application', () => {
  it('write nothing but themselves, in any report', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (file, functionName, route) => {
        const site = { file: `/app/${file}`, line: 1, column: 1, functionName }
        const draft = {
          kind: 'double-response',
          code: 'RESPOND_ONCE_DOUBLE_RESPONSE',
          action: 'suppress',
          cause: 'missing-return',
          framework: 'express',
          method: 'GET',
          route,
          state: 'finished',
          first: { operation: 'res.json', site, atMs: 1 },
          second: { operation: 'res.json', site, atMs: 2 },
        } as const
        const clues = { firstPackage: file, secondPackage: file, parting: site, untraced: undefined }
        const message = messageOf(draft, clues)
        const hint = hintOf(draft, clues)
        const violation: Violation = { ...draft, message, hint, fingerprint: 'f' }
        for (const line of [message, hint]) expect(line).not.toMatch(harmful)
        for (const line of prettyReport(violation, pc.createColors(false)).split('\n'))
          expect(line).not.toMatch(harmful)
        const written: string[] = []
        jsonReporter({ write: (text) => written.push(text) }).report(violation)
        const json = written.join('')
        expect(json.slice(0, -1)).not.toMatch(harmful)
        expect(JSON.parse(json)).toEqual(violation)
      }),
      { numRuns: 500 },
    )
  })
})
