import type { ErrorRequestHandler, RequestHandler } from 'express'
import type { ExpressPrograms } from '../../frameworks/express.ts'
import { findUser, isKnown, saveAudit } from '../shop.ts'

const answerErrors: ErrorRequestHandler = (error, _req, res, next) => {
  if (res.headersSent) return next(error)
  res.status(error.status ?? 500).json({ error: error.message })
}

export const programs: ExpressPrograms = {
  'not-found'(app) {
    app.get('/here', (_req, res) => {
      res.send('here')
    })
  },

  'options-automatic'(app) {
    app.get('/', (_req, res) => void res.send('get'))
    app.post('/', (_req, res) => void res.send('post'))
  },

  'next-route'(app) {
    app.get(
      '/users/:id',
      (req, _res, next) => (req.params.id === '1' ? next() : next('route')),
      (_req, res) => void res.send('the first user'),
    )
    app.get('/users/:id', (_req, res) => void res.send('some user'))
  },

  'next-router'(app, { express }) {
    const admin = express.Router()
    admin.use((_req, _res, next) => next('router'))
    admin.get('/panel', (_req, res) => void res.send('panel'))
    app.use('/admin', admin, (_req, res) => void res.status(401).send('no'))
  },

  'nested-routers'(app, { express }) {
    const items = express.Router({ mergeParams: true })
    items.use((_req, res, next) => {
      res.set('X-Items', '1')
      next()
    })
    items.get('/:item', (req, res) => void res.json(req.params))
    const shops = express.Router()
    shops.use('/:shop/items', items)
    app.use('/shops', shops)
  },

  'mounted-app'(app, { express }) {
    const blog = express()
    blog.get('/posts/:id', (req, res) => void res.json({ post: req.params.id, base: req.baseUrl }))
    app.use('/blog', blog)
  },

  'mounted-app-passes-on'(app, { express }) {
    const blog = express()
    blog.use((_req, res, next) => {
      res.set('X-Blog', '1')
      next()
    })
    app.use('/blog', blog)
    app.use((_req, res) => void res.status(404).send('nothing here'))
  },

  'param-loads'(app) {
    app.param('id', async (req, _res, next, id) => {
      Object.assign(req, { user: await findUser(id) })
      next()
    })
    app.get('/users/:id', (req, res) => void res.json((req as unknown as { user: unknown }).user))
  },

  'array-of-handlers'(app) {
    const steps: RequestHandler[] = [
      (_req, res, next) => {
        res.locals.steps = 1
        next()
      },
      async (_req, res, next) => {
        await saveAudit()
        res.locals.steps++
        next()
      },
    ]
    app.get('/', steps, steps, ((_req, res) => void res.json(res.locals)) as RequestHandler)
  },

  'same-middleware-twice'(app) {
    const count: RequestHandler = (_req, res, next) => {
      res.locals.count = (res.locals.count ?? 0) + 1
      next()
    }
    app.use(count, count)
    app.get('/', count, (_req, res) => void res.json(res.locals))
  },

  'next-in-one-branch'(app) {
    app.use((req, res, next) => {
      if (req.headers.authorization) return next()
      return res.status(401).json({ error: 'who are you?' })
    })
    app.get('/', (_req, res) => void res.send('secret'))
  },

  'async-auth'(app) {
    app.use(async (req, res, next) => {
      if (await isKnown(req.headers.authorization)) next()
      else res.status(401).json({ error: 'who are you?' })
    })
    app.get('/', (_req, res) => void res.send('secret'))
  },

  'work-after-next'(app, { note }) {
    app.use(async (_req, res, next) => {
      next()
      await saveAudit()
      note(`audited ${res.statusCode} ${res.getHeader('content-type')} ${res.headersSent}`)
    })
    app.get('/', (_req, res) => void res.json({ ok: true }))
  },

  'header-after-next-in-time'(app) {
    app.use((_req, res, next) => {
      next()
      if (!res.headersSent) res.set('X-Early', '1')
    })
    app.get('/', async (_req, res) => {
      await saveAudit()
      res.send('ok')
    })
  },

  'throw-answered'(app) {
    app.get('/', () => {
      throw Object.assign(new Error('no database'), { status: 503 })
    })
    app.use(answerErrors)
  },

  'throw-default-handler'(app) {
    app.set('env', 'production')
    app.get('/', () => {
      throw new Error('no database')
    })
  },

  'next-error-answered'(app) {
    app.get('/', async (_req, _res, next) => {
      try {
        await Promise.reject(new Error('no database'))
      } catch (error) {
        next(error)
      }
    })
    app.use(((error, _req, _res, next) => next(error)) as ErrorRequestHandler)
    app.use(answerErrors)
  },

  'error-handler-recovers'(app) {
    app.get('/', (_req, _res, next) => next(new Error('not in cache')))
    app.use(((_error, _req, _res, next) => next()) as ErrorRequestHandler)
    app.get('/', (_req, res) => void res.send('fresh'))
  },

  'async-error-handler'(app) {
    app.get('/', (_req, _res, next) => next(new Error('no database')))
    app.use((async (error, _req, res, _next) => {
      await saveAudit()
      res.status(500).json({ error: error.message })
    }) as ErrorRequestHandler)
  },

  'rejects-before-answer'(app) {
    app.set('env', 'production')
    app.get('/', async () => {
      await saveAudit()
      throw new Error('no database')
    })
  },

  'answer-in-callback'(app) {
    app.get('/', (_req, res) => {
      setTimeout(() => {
        setImmediate(() => res.json({ ok: true }))
      }, 5)
    })
  },

  'returns-the-answer'(app) {
    app.get('/', async (_req, res) => res.status(200).json({ ok: true }))
  },

  'accepted-then-works'(app, { note }) {
    app.post('/jobs', async (_req, res) => {
      res.status(202).json({ accepted: true })
      await saveAudit()
      note(`done, ${res.headersSent} ${res.writableEnded} ${res.get('Content-Type')}`)
    })
  },

  'checks-before-answering'(app) {
    app.get('/', (_req, res) => {
      const answer = (text: string) => {
        if (!res.headersSent) res.send(text)
      }
      setTimeout(answer, 5, 'slow')
      setTimeout(answer, 10, 'slower')
      answer('fast')
    })
  },

  'same-status-later'(app, { note }) {
    app.get('/', (_req, res) => {
      res.on('finish', () => note(`finish ${res.statusCode} ${res.statusMessage}`))
      res.on('close', () => note('close'))
      res.send('ok')
      res.locals.late = true
      note(`${res.headersSent} ${res.hasHeader('etag')} ${res.getHeaderNames().length > 0}`)
    })
  },

  'drops-the-connection'(app) {
    app.get('/', (req) => {
      req.socket.destroy()
    })
  },

  'destroys-the-answer'(app) {
    app.get('/', (_req, res) => {
      res.destroy()
    })
  },

  'leaves-early'(app, { note }) {
    app.get('/', (_req, res) => {
      res.on('close', () => {
        note(`closed ${res.writableFinished}`)
        setTimeout(() => {
          res.set('X-Late', '1')
          res.json({ ok: true })
        }, 5)
      })
    })
  },
}
