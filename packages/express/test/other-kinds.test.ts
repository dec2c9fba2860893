import compression from 'compression'
import type { Express as Application } from 'express'
import { describe, expect, it } from 'vitest'
import { lineOf } from '../../core/test/places.ts'
import type { Policy } from '../src/index.ts'
import { afterwards, guarded } from './serve.ts'
import { VERSIONS } from './versions.ts'

const at = (text: string) => lineOf(import.meta.url, text)

const impatient: Policy = { rules: { 'no-response': ['report', { afterMs: 40 }] } }

describe.each(VERSIONS)('other mistakes in $name', ({ express }) => {
  async function visit(build: (app: Application) => void, policy: Policy | 'strict' | 'protect', path = '/x/1') {
    const { ask, violations } = await guarded(express, build, { policy })
    const reply = await ask(path, { patienceMs: 300 })
    await afterwards()
    return { reply, violations, kinds: violations.map(({ kind }) => kind) }
  }

  it('a handler that answers nothing is told once, by its route', async () => {
    const { violations, reply } = await visit((app) => app.get('/x/:id', () => {}), impatient)
    expect(reply.ended).toBe('hangs')
    expect(violations).toMatchObject([
      { kind: 'no-response', action: 'report', route: '/x/:id', first: undefined, state: 'idle' },
    ])
  })

  it('a handler that answers nothing is named, and so is the line that led to it', async () => {
    const { violations } = await visit((app) => {
      app.use((_req, _res, next) => next()) // led to it
      app.get('/x/:id', function findUser() {})
    }, impatient)
    const [violation] = violations
    expect(violation).toMatchObject({
      first: undefined,
      second: { operation: 'next', site: { line: at('// led to it') } },
      hint: 'answer on every path of `findUser`, or call next()',
    })
    expect(violation?.message).toMatch(
      /^no-response on GET \/x\/:id: last in findUser, reached by next at .*:\d+:\d+ \(/,
    )
  })

  it('routes that do not answer are different mistakes, also where their handlers have no names', async () => {
    const build = (app: Application) => {
      app.get('/x/:id', () => {})
      app.get('/y/:id', () => {})
    }
    const fingerprints = []
    for (const path of ['/x/1', '/x/2', '/y/1']) {
      const { violations } = await visit(build, impatient, path)
      fingerprints.push(violations[0]?.fingerprint)
      expect(violations[0]?.hint).toBe('answer on every path of the handler, or call next()')
    }
    expect(fingerprints[1]).toBe(fingerprints[0])
    expect(fingerprints[2]).not.toBe(fingerprints[0])
  })

  it('a slow answer in time, and a stream that lasts, are not told', async () => {
    const { kinds } = await visit((app) => {
      app.get('/x/:id', (_req, res) => void setTimeout(() => res.send('in time'), 10))
    }, impatient)
    const stream = await visit((app) => {
      app.get('/x/:id', (_req, res) => void res.type('text/event-stream').flushHeaders())
    }, impatient)
    expect([kinds, stream.kinds]).toEqual([[], []])
  })

  it('a body for 204 and 304 is told, at its line', async () => {
    for (const status of [204, 304]) {
      const { violations } = await visit((app) => {
        app.get('/x/:id', (_req, res) => void res.status(status).json({ lost: true })) // lost body
      }, 'strict')
      expect(violations).toMatchObject([
        {
          kind: 'body-not-allowed',
          second: { operation: 'res.json', site: { line: at('// lost body') }, statusCode: status },
        },
      ])
    }
  })

  it.each<readonly [string, (app: Application) => void]>([
    ['sendStatus(204)', (app) => app.get('/x/:id', (_req, res) => void res.sendStatus(204))],
    ['sendStatus(304)', (app) => app.get('/x/:id', (_req, res) => void res.sendStatus(304))],
    ['an empty 204', (app) => app.get('/x/:id', (_req, res) => void res.status(204).end())],
    ['send() with nothing', (app) => app.get('/x/:id', (_req, res) => void res.status(204).send())],
    ['a 204 that becomes a 200', (app) => app.get('/x/:id', (_req, res) => void res.status(204).status(200).send('x'))],
    ['jsonp', (app) => app.get('/x/:id', (_req, res) => void res.jsonp({ a: 1 }))],
    [
      'format',
      (app) =>
        app.get('/x/:id', (_req, res) => void res.format({ text: () => res.send('x'), json: () => res.json(1) })),
    ],
    [
      'format by default',
      (app) =>
        app.get('/x/:id', (_req, res) => void res.format({ default: () => res.render === undefined || res.send('x') })),
    ],
    ['format that fits nothing', (app) => app.get('/x/:id', (_req, res) => void res.format({}))],
    ['redirect, then a bare end', (app) => app.get('/x/:id', (_req, res) => void [res.redirect('/y'), res.end()])],
    [
      'every header method before',
      (app) =>
        app.get(
          '/x/:id',
          (_req, res) =>
            void res
              .vary('A')
              .links({ a: 'b' })
              .cookie('a', 'b')
              .clearCookie('a')
              .attachment('a')
              .location('/')
              .append('x', 'y')
              .send('x'),
        ),
    ],
    [
      'compression',
      (app) => app.use(compression({ threshold: 0 })).get('/x/:id', (_req, res) => void res.json({ a: 1 })),
    ],
    [
      '1xx before',
      (app) =>
        app.get(
          '/x/:id',
          (_req, res) =>
            void [res.writeProcessing(), res.writeEarlyHints({ link: '</a.css>; rel=preload' }), res.send('x')],
        ),
    ],
  ])('%s is no violation', async (_name, build) => {
    expect((await visit(build, 'strict')).kinds).toEqual([])
  })

  it('a wrong Content-Length is told, at the line that set it', async () => {
    const { violations } = await visit((app) => {
      app.get('/x/:id', (_req, res) => {
        res.setHeader('Content-Length', 10) // too long
        res.end('short')
      })
    }, 'protect')
    expect(violations).toMatchObject([
      { kind: 'length-mismatch', action: 'report', first: { site: { line: at('// too long') } } },
    ])
  })

  it('a rejection after the response goes no further', async () => {
    const { reply, violations } = await visit((app) => {
      app.get('/x/:id', async (_req, res) => {
        res.send('first') // sent before
        await null
        throw new Error('late') // rejects later
      })
    }, 'protect')
    expect(reply).toMatchObject({ status: 200, body: 'first', ended: 'whole' })
    expect(violations).toMatchObject([
      {
        kind: 'error-after-response',
        action: 'suppress',
        first: { site: { line: at('// sent before') } },
        second: { site: { line: at('// rejects later') } },
      },
    ])
  })

  it('a second compressed answer does not cost the first', async () => {
    const { ask, violations } = await guarded(express, (app) => {
      app.use(compression({ threshold: 0 }))
      app.get('/x/:id', (_req, res) => {
        res.json({ n: 1 })
        res.json({ n: 2 })
      })
    })
    const reply = await ask('/x/1', { headers: { 'accept-encoding': 'gzip' } })
    expect(reply).toMatchObject({ status: 200, ended: 'whole' })
    expect(reply.headers['content-encoding']).toBe('gzip')
    expect(violations.map(({ kind }) => kind)).toEqual(['double-response'])
  })

  it('a loop, and both branches of a condition, are one mistake each', async () => {
    const { reply, violations } = await visit((app) => {
      app.get('/x/:id', (_req, res) => {
        for (const n of [1, 2, 3]) res.json({ n }) // in a loop
      })
    }, 'protect')
    expect(reply).toMatchObject({ body: '{"n":1}', ended: 'whole' })
    expect(violations).toMatchObject([
      { kind: 'double-response', cause: 'loop', second: { site: { line: at('// in a loop') } } },
    ])
  })

  it('a chained send is called what it is', async () => {
    const { reply, violations } = await visit((app) => {
      app.get('/x/:id', (_req, res) => void res.sendStatus(200).json({ lost: true }))
    }, 'protect')
    expect(reply).toMatchObject({ body: 'OK', ended: 'whole' })
    expect(violations.map(({ kind, cause }) => [kind, cause])).toEqual([['double-response', 'chained-send']])
  })
})
