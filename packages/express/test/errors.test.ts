import type { Express as Application, ErrorRequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { afterwards, bare, guarded } from './serve.ts'
import { VERSIONS } from './versions.ts'

const large = 'x'.repeat(3_000_000)
// Made for each test: what was seen of an error once may not matter to the next.
const THROWN: readonly (readonly [string, () => unknown])[] = [
  ['an error', () => new Error('late')],
  ['a frozen error', () => Object.freeze(new Error('late'))],
  ['a text', () => 'late'],
  ['a number', () => 500],
  ['an object', () => ({ status: 503 })],
  ['an object without a prototype', () => Object.create(null)],
]

describe.each(VERSIONS)('errors in $name', ({ express }) => {
  const throwing = (app: Application, error: unknown) => {
    app.get('/after', (_req, res) => {
      res.send(large)
      throw error
    })
    app.get('/before', () => {
      throw error
    })
  }

  it.each(THROWN)('%s after the response: the first response stands, whole', async (_name, make) => {
    const error = make()
    const { ask, violations } = await guarded(express, (app) => throwing(app, error))
    const reply = await ask('/after')
    expect([reply.status, reply.body.length, reply.ended]).toEqual([200, large.length, 'whole'])
    await afterwards()
    expect(violations.map(({ kind, action }) => [kind, action])).toEqual([['error-after-response', 'suppress']])
  })

  it.each(THROWN)('%s before any response is answered as ever', async (_name, make) => {
    const error = make()
    const { ask, violations } = await guarded(express, (app) => throwing(app, error), { policy: 'strict' })
    const native = await (await bare(express, (app) => throwing(app, error)))('/before')
    const reply = await ask('/before')
    expect([reply.status, reply.ended]).toEqual([native.status, native.ended])
    expect(violations).toEqual([])
  })

  it('one error object for many requests is judged for each of them', async () => {
    const shared = new Error('one error for all requests')
    const { ask, violations } = await guarded(express, (app) => throwing(app, shared))
    const statuses = []
    for (const path of ['/before', '/after', '/before', '/after', '/before']) {
      const { status, ended } = await ask(path, { patienceMs: 500 })
      statuses.push([status, ended])
    }
    expect(statuses).toEqual([500, 200, 500, 200, 500].map((status) => [status, 'whole']))
    await afterwards()
    expect(violations.map(({ kind }) => kind)).toEqual(['error-after-response', 'error-after-response'])
  })

  it('an error that one handler raises before and error handlers raise again is told not at all', async () => {
    const again: ErrorRequestHandler = (error) => {
      throw error
    }
    const { ask, violations } = await guarded(express, (app) => {
      throwing(app, new Error('early'))
      app.use(again, again)
    })
    expect(await ask('/before')).toMatchObject({ status: 500, ended: 'whole' })
    expect(violations).toEqual([])
  })

  it('an error handler that fails after it has answered', async () => {
    const { ask, violations } = await guarded(express, (app) => {
      throwing(app, new Error('early'))
      app.use(((_error, _req, res, _next) => {
        res.status(500).send('handled')
        throw new Error('in the error handler')
      }) as ErrorRequestHandler)
    })
    expect(await ask('/before')).toMatchObject({ status: 500, body: 'handled', ended: 'whole' })
    await afterwards()
    expect(violations.map(({ kind }) => kind)).toEqual(['error-after-response'])
  })

  it('an error handler that answers what was answered: one mistake, the first body stands', async () => {
    const { ask, violations } = await guarded(express, (app) => {
      throwing(app, new Error('late'))
      app.use(((_error, _req, res, _next) => void res.status(500).send('handled')) as ErrorRequestHandler)
    })
    expect(await ask('/after')).toMatchObject({ status: 200, body: large, ended: 'whole' })
    await afterwards()
    expect(violations.map(({ kind }) => kind)).toEqual(['error-after-response'])
  })

  it('an error after a partial body: the client sees a failure', async () => {
    const { ask, violations } = await guarded(
      express,
      (app) => {
        app.get('/x', (_req, res) => {
          res.write('begun')
          throw new Error('half way')
        })
        app.use(((error, _req, res, next) => {
          if (!res.headersSent) next(error)
        }) as ErrorRequestHandler)
      },
      { policy: { rules: { 'truncated-response': ['suppress', { graceMs: 50 }] } } },
    )
    expect(await ask('/x')).toMatchObject({ status: 200, body: 'begun', ended: 'cut' })
    expect(violations.map(({ kind }) => kind)).toEqual(['truncated-response'])
  })

  it('an error after a partial body that the error handler ends is handled well', async () => {
    const { ask, violations } = await guarded(express, (app) => {
      app.get('/x', (_req, res) => {
        res.write('begun, ')
        throw new Error('half way')
      })
      app.use(((_error, _req, res, _next) => void res.end('ended')) as ErrorRequestHandler)
    })
    expect(await ask('/x')).toMatchObject({ status: 200, body: 'begun, ended', ended: 'whole' })
    await afterwards()
    expect(violations.filter(({ kind }) => kind !== 'truncated-response')).toEqual([])
  })
})
