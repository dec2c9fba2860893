import type { ErrorRequestHandler, RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { brief, lineOf } from '../../core/test/places.ts'
import { afterwards, guarded } from './serve.ts'
import { VERSIONS } from './versions.ts'

type Build = Parameters<typeof guarded>[1]

const at = (text: string) => lineOf(import.meta.url, text)
const ok: RequestHandler = (_req, res) => void res.send('ok')

describe.each(VERSIONS)('control passed on in $name', ({ express }) => {
  /** What is told of one request for `/x/1`. */
  async function told(build: Build, options: Parameters<typeof guarded>[2] = {}) {
    const { ask, violations } = await guarded(express, build, options)
    const reply = await ask('/x/1')
    await afterwards()
    return { reply, briefs: violations.map(brief), violations }
  }

  const nextTwice: RequestHandler = (_req, _res, next) => {
    next() // sync-first
    next() // sync-second
  }
  const syncTwice = () => `next-called-twice suppress next:${at('// sync-first')} next:${at('// sync-second')}`

  it('twice, in a middleware: the later handlers run once', async () => {
    let runs = 0
    const { reply, briefs } = await told((app) => {
      app.use(nextTwice)
      app.use((_req, res) => {
        runs++
        res.send('ok')
      })
    })
    expect([reply.body, briefs, runs]).toEqual(['ok', [syncTwice()], 1])
  })

  it('twice around an asynchronous check: the protected handler does not run', async () => {
    let secrets = 0
    const { reply, briefs } = await told((app) => {
      app.use((_req, _res, next) => {
        next() // around-first
        next() // around-second
      })
      app.use((_req, res) => void setTimeout(() => res.status(401).send('who are you'), 20))
      app.get('/x/:id', (_req, res) => {
        secrets++
        res.send('secret')
      })
    })
    expect(reply).toMatchObject({ status: 401, body: 'who are you', ended: 'whole' })
    expect(secrets).toBe(0)
    expect(briefs).toEqual([`next-called-twice suppress next:${at('// around-first')} next:${at('// around-second')}`])
  })

  it('twice, the second time later', async () => {
    const { briefs } = await told((app) => {
      app.use((_req, _res, next) => {
        next() // later-first
        setImmediate(() => {
          next() // later-second
        })
      })
      app.use(ok)
    })
    expect(briefs).toEqual([`next-called-twice suppress next:${at('// later-first')} next:${at('// later-second')}`])
  })

  it('twice, in an async handler', async () => {
    const { briefs } = await told((app) => {
      app.use(async (_req, _res, next) => {
        await null
        next() // async-first
        await null
        next() // async-second
      })
      app.use(ok)
    })
    expect(briefs).toEqual([`next-called-twice suppress next:${at('// async-first')} next:${at('// async-second')}`])
  })

  it.each<readonly [string, Build]>([
    ['a list of handlers of a route', (app) => app.get('/x/:id', [nextTwice, ok])],
    ['several handlers of a route', (app) => app.get('/x/:id', nextTwice, ok)],
    ['a middleware under a path', (app) => app.use('/x', nextTwice).use(ok)],
    ['app.all()', (app) => app.all('/x/:id', nextTwice).use(ok)],
    ['app.route()', (app) => app.route('/x/:id').all(nextTwice).get(ok)],
    ['a param handler', (app) => app.param('id', nextTwice as never).get('/x/:id', ok)],
    ['a mounted application', (app) => app.use('/x', express().use(nextTwice)).use(ok)],
    ['a router', (app) => app.use('/x', express.Router().use(nextTwice)).use(ok)],
    ['a nested router', (app) => app.use(express.Router().use('/x', express.Router().use(nextTwice))).use(ok)],
    [
      'a param handler of a router',
      (app) =>
        app.use(
          '/x',
          express
            .Router()
            .param('id', nextTwice as never)
            .get('/:id', ok),
        ),
    ],
  ])('twice, in %s', async (_where, build) => {
    const { reply, briefs } = await told(build)
    expect([reply.body, reply.ended, briefs]).toEqual(['ok', 'whole', [syncTwice()]])
  })

  it('twice, in an error handler', async () => {
    const { reply, briefs } = await told((app) => {
      app.use((_req, _res, next) => next(new Error('first')))
      app.use(((_error, _req, _res, next) => {
        next() // error-first
        next() // error-second
      }) as ErrorRequestHandler)
      app.use(ok)
    })
    expect([reply.body, briefs]).toEqual([
      'ok',
      [`next-called-twice suppress next:${at('// error-first')} next:${at('// error-second')}`],
    ])
  })

  it('twice, to the next route', async () => {
    const { reply, briefs } = await told((app) => {
      app.get('/x/:id', (_req, _res, next) => {
        next('route') // route-first
        next('route') // route-second
      })
      app.get('/x/:id', ok)
    })
    expect([reply.body, briefs]).toEqual([
      'ok',
      [`next-called-twice suppress next:${at('// route-first')} next:${at('// route-second')}`],
    ])
  })

  it('twice, the second time with an error: told at most', async () => {
    const { reply, violations } = await told((app) => {
      app.use((_req, _res, next) => {
        next()
        next(new Error('in the background'))
      })
      app.use((_req, res) => void setTimeout(() => res.send('ok'), 10))
      app.use(((_error, _req, res, _next) => void res.status(500).send('failed')) as ErrorRequestHandler)
    })
    // The error handler answers first, as it does without the guard; what the slow handler sends is then a consequence.
    expect(reply).toMatchObject({ status: 500, body: 'failed', ended: 'whole' })
    expect(violations.map(({ kind, action }) => [kind, action])).toEqual([['next-called-twice', 'report']])
  })
})
