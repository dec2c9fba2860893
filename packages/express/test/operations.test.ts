import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Express as Application, Response } from 'express'
import { describe, expect, it } from 'vitest'
import { lineOf } from '../../core/test/places.ts'
import { ResponseViolationError, type ViolationKind } from '../src/index.ts'
import { afterwards, bare, guarded } from './serve.ts'
import { type Express, VERSIONS } from './versions.ts'

const folder = mkdtempSync(join(tmpdir(), 'files-'))
const file = join(folder, 'file.txt')
writeFileSync(file, 'from the file')

interface Late {
  readonly kind: ViolationKind
  readonly call: (res: Response) => unknown
  /** What Node's error, as the cause of ours, has for a code. */
  readonly nativeCode?: string
  /** Where the name cannot be told from another's. */
  readonly operation?: RegExp
  /** What it returns when it goes well. */
  readonly returns?: 'response'
}

const header = { kind: 'late-header', nativeCode: 'ERR_HTTP_HEADERS_SENT', returns: 'response' } as const
const answer = { kind: 'double-response', nativeCode: 'ERR_HTTP_HEADERS_SENT', returns: 'response' } as const
const silent = { kind: 'double-response', nativeCode: 'ERR_HTTP_HEADERS_SENT' } as const

/** Everything that can come too late, each on a line that is found by its name. */
const LATE: Readonly<Record<string, Late>> = {
  'res.set': { ...header, call: (res) => res.set('x-late', '1') }, // late res.set
  'res.header': { ...header, operation: /^res\.(set|header)$/, call: (res) => res.header('x-late', '1') }, // late res.header
  'res.append': { ...header, call: (res) => res.append('x-late', '1') }, // late res.append
  'res.type': { ...header, call: (res) => res.type('html') }, // late res.type
  'res.contentType': { ...header, operation: /^res\.(type|contentType)$/, call: (res) => res.contentType('html') }, // late res.contentType
  'res.links': { ...header, call: (res) => res.links({ next: '/2' }) }, // late res.links
  'res.location': { ...header, call: (res) => res.location('/2') }, // late res.location
  'res.attachment': { ...header, call: (res) => res.attachment('a.txt') }, // late res.attachment
  'res.vary': { ...header, call: (res) => res.vary('Accept') }, // late res.vary
  'res.cookie': { ...header, call: (res) => res.cookie('name', 'value') }, // late res.cookie
  'res.clearCookie': { ...header, call: (res) => res.clearCookie('name') }, // late res.clearCookie
  'res.setHeader': { ...header, call: (res) => res.setHeader('x-late', '1') }, // late res.setHeader
  'res.appendHeader': { ...header, call: (res) => res.appendHeader('x-late', '1') }, // late res.appendHeader
  'res.setHeaders': { ...header, call: (res) => res.setHeaders(new Map([['x-late', '1']])) }, // late res.setHeaders
  'res.removeHeader': {
    kind: 'late-header',
    nativeCode: 'ERR_HTTP_HEADERS_SENT',
    call: (res) => res.removeHeader('etag'), // late res.removeHeader
  },
  'res.send': { ...answer, call: (res) => res.send('late') }, // late res.send
  'res.json': { ...answer, call: (res) => res.json({ late: true }) }, // late res.json
  'res.jsonp': { ...answer, call: (res) => res.jsonp({ late: true }) }, // late res.jsonp
  'res.sendStatus': { ...answer, call: (res) => res.sendStatus(500) }, // late res.sendStatus
  'res.format': { ...answer, call: (res) => res.format({ default: () => res.send('late') }) }, // late res.format
  'res.redirect': { ...silent, call: (res) => res.redirect('/late') }, // late res.redirect
  'res.render': { ...silent, call: (res) => res.render('page') }, // late res.render
  'res.sendFile': { ...silent, call: (res) => res.sendFile(file) }, // late res.sendFile
  'res.download': { ...silent, call: (res) => res.download(file) }, // late res.download
  'res.writeHead': { ...answer, call: (res) => res.writeHead(500) }, // late res.writeHead
  'res.end': { ...answer, call: (res) => res.end('late') }, // late res.end
  'res.write': { kind: 'write-after-end', nativeCode: 'ERR_STREAM_WRITE_AFTER_END', call: (res) => res.write('late') }, // late res.write
  pipe: { ...silent, call: (res) => void Readable.from(['late']).pipe(res) }, // late pipe
}

const late = Object.entries(LATE)

/** Natively asynchronous: what comes of them does not come to the caller. */
const LATER = new Set(['res.render', 'res.sendFile', 'res.download', 'res.end', 'res.write', 'pipe'])

describe.each(VERSIONS)('late operations in $name', ({ express }) => {
  interface Outcome {
    returned?: unknown
    thrown?: unknown
    response?: Response
  }

  /** An application that answers, and then does one thing more. */
  function program(call: Late['call'], outcome: Outcome) {
    return (app: Application, _express?: Express) => {
      app.engine('txt', (_path, _options, callback) => callback(null, 'rendered'))
      app.set('view engine', 'txt')
      app.set('views', folder)
      writeFileSync(join(folder, 'page.txt'), 'a page')
      app.get('/x', (_req, res) => {
        outcome.response = res
        res.send('first') // first
        try {
          outcome.returned = call(res)
        } catch (error) {
          outcome.thrown = error
        }
      })
    }
  }

  async function run(call: Late['call'], policy: 'observe' | 'protect' | 'strict') {
    const outcome: Outcome = {}
    const { ask, violations } = await guarded(express, program(call, outcome), { policy })
    const { headers, ...reply } = await ask('/x')
    await afterwards()
    return { outcome, reply, violations }
  }

  const first = () => ({ operation: 'res.send', site: { line: lineOf(import.meta.url, '// first') }, statusCode: 200 })
  const second = (name: string, { operation }: Late) => ({
    operation: operation === undefined ? name : expect.stringMatching(operation),
    site: { line: lineOf(import.meta.url, `// late ${name}`) },
  })

  it.each(late)('%s is suppressed', async (name, entry) => {
    const { outcome, reply, violations } = await run(entry.call, 'protect')
    expect(reply).toEqual({ status: 200, body: 'first', ended: 'whole' })
    expect(outcome.thrown).toBeUndefined()
    if (entry.returns === 'response') expect(outcome.returned === outcome.response).toBe(true)
    expect(violations).toMatchObject([
      {
        kind: entry.kind,
        action: 'suppress',
        state: 'finished',
        route: '/x',
        first: first(),
        second: second(name, entry),
      },
    ])
  })

  it.each(late)('%s throws', async (name, entry) => {
    const { outcome, reply, violations } = await run(entry.call, 'strict')
    expect(reply).toEqual({ status: 200, body: 'first', ended: 'whole' })
    const { thrown } = outcome
    expect(thrown).toBeInstanceOf(ResponseViolationError)
    if (!(thrown instanceof ResponseViolationError)) return
    expect(violations).toEqual([thrown.violation])
    expect(violations).toMatchObject([
      { kind: entry.kind, action: 'throw', first: first(), second: second(name, entry) },
    ])
    expect([thrown.code, thrown.message]).toEqual([violations[0]?.code, violations[0]?.message])
    expect(thrown.cause).toMatchObject({ code: entry.nativeCode })
  })

  it.each(late.filter(([name]) => !LATER.has(name)))('%s is reported, and goes on as it would', async (name, entry) => {
    const { outcome, reply, violations } = await run(entry.call, 'observe')
    const native: Outcome = {}
    const ask = await bare(express, program(entry.call, native))
    const { headers, ...nativeReply } = await ask('/x')
    expect(reply).toEqual(nativeReply)
    expect((outcome.thrown as NodeJS.ErrnoException | undefined)?.code).toBe(
      (native.thrown as NodeJS.ErrnoException | undefined)?.code,
    )
    expect(outcome.returned === outcome.response).toBe(native.returned === native.response)
    expect(violations).toMatchObject([
      { kind: entry.kind, action: 'report', first: first(), second: second(name, entry) },
    ])
  })

  it.each<readonly [string, (res: Response) => unknown]>([
    ['res.status', (res) => res.status(500)], // late res.status
    ['res.statusCode', (res) => Object.assign(res, { statusCode: 500 })],
    ['res.statusMessage', (res) => Object.assign(res, { statusMessage: 'Late' })],
  ])('%s is told, and what is read afterwards is what was sent', async (name, call) => {
    for (const policy of ['observe', 'protect', 'strict'] as const) {
      const { outcome, reply, violations } = await run(call, policy)
      expect(reply).toEqual({ status: 200, body: 'first', ended: 'whole' })
      expect(outcome.thrown).toBeUndefined()
      expect(outcome.returned === outcome.response).toBe(true)
      const action = policy === 'protect' ? 'suppress' : 'report'
      expect(violations).toMatchObject([{ kind: 'late-status', action, second: { operation: name } }])
      if (policy === 'protect') expect(outcome.response?.statusCode).toBe(200)
    }
  })

  it.each<readonly [string, (res: Response) => unknown]>([
    ['a bare end', (res) => res.end()],
    ['an empty end', (res) => res.end('')],
    ['a flush', (res) => res.flushHeaders()],
    ['the same status', (res) => res.status(200)],
    ['reading', (res) => [res.get('etag'), res.getHeaders(), res.headersSent, res.statusCode, res.statusMessage]],
    ['locals', (res) => Object.assign(res.locals, { late: true })],
    ['trailers', (res) => res.addTrailers({ 'x-late': '1' })],
    ['cork and uncork', (res) => [res.cork(), res.uncork()]],
  ])('%s is no violation', async (_name, call) => {
    const { outcome, reply, violations } = await run(call, 'strict')
    expect(reply).toEqual({ status: 200, body: 'first', ended: 'whole' })
    expect([outcome.thrown, violations]).toEqual([undefined, []])
  })
})
