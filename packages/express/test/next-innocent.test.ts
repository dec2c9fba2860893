import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Express as Application, ErrorRequestHandler, RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { afterwards, bare, guarded } from './serve.ts'
import { type Express, VERSIONS } from './versions.ts'

const folder = mkdtempSync(join(tmpdir(), 'public-'))
writeFileSync(join(folder, 'file.txt'), 'a file')

const pass: RequestHandler = (_req, _res, next) => next()
const ok: RequestHandler = (_req, res) => void res.send('ok')

/** What applications rightly do; each is asked for `/x/1`. */
const INNOCENTS: Readonly<Record<string, (app: Application, express: Express) => void>> = {
  'one middleware function in several layers': (app) => app.use(pass).use(pass).use(pass).get('/x/:id', pass, pass, ok),
  'one middleware function on several routes': (app) => app.get('/x/:id', pass).get('/x/1', pass).all('/x/1', pass, ok),
  'more than a hundred synchronous layers': (app) => {
    for (let layer = 0; layer < 250; layer++) app.use(pass)
    app.use(ok)
  },
  'more than a hundred routes that do not match': (app) => {
    for (let route = 0; route < 250; route++) app.get(`/r${route}`, ok)
    app.get('/x/:id', ok)
  },
  'more than a hundred handlers of one route': (app) => app.get('/x/:id', ...Array<RequestHandler>(250).fill(pass), ok),
  'a router that is skipped': (app, express) =>
    app.use(
      express.Router().use((_req, _res, next) => next('router'), ok),
      (_req, res) => void res.send('outside'),
    ),
  'a route that is skipped': (app) =>
    app.get('/x/:id', (_req, _res, next) => next('route'), ok).get('/x/:id', (_req, res) => void res.send('other')),
  'routers that fall through': (app, express) =>
    app.use(express.Router().use(express.Router().use(pass)), express.Router().get('/y', ok)).use(ok),
  'one router that is mounted twice and falls through': (app, express) => {
    const router = express.Router().use(pass)
    app.use('/x', router).use(router).use(ok)
  },
  'a mounted application that falls through': (app, express) =>
    app.use('/x', express().use(pass)).use(express().get('/y', ok)).use(ok),
  'files that fall through': (app, express) => app.use(express.static(folder)).use(ok),
  'a file': (app, express) => app.use('/x', express.static(folder, { index: false }), express.static(folder)).use(ok),
  'param handlers, once for a value': (app) =>
    app
      .param('id', (_req, _res, next) => next())
      .get('/x/:id', pass)
      .get('/x/:id', ok),
  'asynchronous param handlers': (app) =>
    app.param('id', (_req, _res, next) => void setImmediate(() => next())).get('/x/:id', ok),
  'async handlers': (app) =>
    app
      .use(async (_req, _res, next) => {
        await sleep(1)
        next()
      })
      .get('/x/:id', async (_req, res) => {
        await sleep(1)
        res.send('ok')
      }),
  'a handler that goes on after next': (app) =>
    app
      .use(async (_req, _res, next) => {
        next()
        await sleep(5)
      })
      .use(ok),
  'a handler that answers when nobody else has': (app) =>
    app.use(
      (_req, res, next) => {
        next()
        res.send('ok')
      },
      (() => {}) as RequestHandler,
    ),
  'an outer answer while an inner handler waits to pass on': (app) =>
    app
      .use((_req, res, next) => {
        next()
        res.send('outer')
      })
      .use((_req, _res, next) => void setImmediate(() => next()))
      .use((_req, res) => {
        if (!res.headersSent) res.send('inner')
      }),
  'a deadline that answers while an inner handler waits to pass on': (app) =>
    app
      .use((_req, res, next) => {
        setTimeout(() => res.status(500).send('deadline'), 5)
        next()
      })
      .use((_req, res, next) => void res.once('finish', () => next()))
      .use((_req, res) => {
        if (!res.headersSent) res.send('inner')
      }),
  'a wrapper that buffers, puts the original back and ends later': (app) =>
    app
      .use((_req, res, next) => {
        const { write, end } = res
        const chunks: Buffer[] = []
        res.write = ((chunk: string) => chunks.push(Buffer.from(chunk)) > 0) as typeof write
        res.end = ((chunk: string) => {
          chunks.push(Buffer.from(chunk))
          res.write = write
          res.end = end
          setImmediate(() => res.end(Buffer.concat(chunks)))
          return res
        }) as typeof end
        next()
      })
      .use((_req, res) => {
        res.write('begun, ')
        res.end('ended')
      }),
  'a partial write that a later handler completes': (app) =>
    app
      .use((_req, res, next) => {
        res.write('begun, ')
        next()
      })
      .use((_req, res) => void res.end('ended')),
  'a head that a later handler completes': (app) =>
    app
      .use((_req, res, next) => {
        res.writeHead(200, { 'content-type': 'text/plain' })
        next()
      })
      .use((_req, res) => void res.end('ended')),
  'an error that is answered': (app) =>
    app
      .use((_req, _res, next) => next(new Error('early')))
      .use(((_error, _req, res, _next) => void res.status(500).send('failed')) as ErrorRequestHandler),
  'an error that goes through several handlers': (app) =>
    app
      .use(() => {
        throw new Error('early')
      })
      .use(((error, _req, _res, next) => next(error)) as ErrorRequestHandler)
      .use(((error, _req, _res, next) => next(error)) as ErrorRequestHandler)
      .use(((_error, _req, res, _next) => void res.status(500).send('failed')) as ErrorRequestHandler),
  'an error handler that goes on without the error': (app) =>
    app
      .use((_req, _res, next) => next(new Error('early')))
      .use(((_error, _req, _res, next) => next()) as ErrorRequestHandler)
      .use(ok),
  'a rejection that is passed on by hand': (app) =>
    app
      .use((_req, _res, next) => void Promise.reject(new Error('early')).catch(next))
      .use(((_error, _req, res, _next) => void res.status(500).send('failed')) as ErrorRequestHandler),
  'nobody answers': (app) => app.use(pass),
  'an answer that starts work of its own': (app) =>
    app.get('/x/:id', async (_req, res) => {
      res.status(202).send('accepted')
      await sleep(2)
    }),
  'a look whether headers are sent': (app) =>
    app.get('/x/:id', (_req, res) => {
      res.send('ok')
      setImmediate(() => res.headersSent || res.send('late'))
    }),
}

describe.each(VERSIONS)('rightly passing control on in $name', ({ express }) => {
  it.each(Object.entries(INNOCENTS))('%s', async (_name, build) => {
    const { ask, violations } = await guarded(express, (app) => build(app, express), { policy: 'strict' })
    const askBare = await bare(express, (app) => build(app, express))
    for (const path of ['/x/1', '/file.txt', '/missing']) {
      const [reply, native] = [await ask(path), await askBare(path)]
      for (const { headers } of [reply, native]) delete headers.date
      expect(reply).toEqual(native)
    }
    await afterwards(30)
    expect(violations).toEqual([])
  })
})
