import type { ErrorRequestHandler, RequestHandler } from 'express'
import type { ExpressPrograms } from '../../frameworks/express.ts'
import { findUser, isKnown } from '../shop.ts'

export const programs: ExpressPrograms = {
  'next-after-send'(app) {
    app.get('/health', (_req, res, next) => {
      res.json({ up: true }) // @first
      next() // @second
    })
  },

  'next-after-send-async'(app) {
    app.get('/users/:id', async (req, res, next) => {
      const user = await findUser(req.params.id)
      if (!user) res.status(404).json({ error: 'no such user' }) // @first
      next() // @second
    })
  },

  'next-into-second-send'(app, { note }) {
    app.use((req, res, next) => {
      if (!req.headers.authorization) res.status(401).json({ error: 'who are you?' }) // @first
      next() // @second
    })
    app.get('/secret', (_req, res) => {
      note('protected handler ran')
      res.json({ secret: 42 })
    })
  },

  'next-into-async-send'(app) {
    app.use((req, res, next) => {
      if (!req.headers.authorization) res.status(401).json({ error: 'who are you?' }) // @first
      next() // @second
    })
    app.get('/secret', async (_req, res) => {
      await findUser('1')
      res.json({ secret: 42 })
    })
  },

  'param-answers-and-continues'(app) {
    app.param('id', (_req, res, next, id) => {
      if (id !== '1') res.status(400).json({ error: 'bad id' }) // @first
      next() // @second
    })
    app.get('/users/:id', (req, res) => {
      res.json({ id: req.params.id })
    })
  },

  'next-twice-around-auth'(app, { note }) {
    const log: RequestHandler = (req, _res, next) => {
      if (req.path.startsWith('/admin')) next() // @first
      next() // @second
    }
    const auth: RequestHandler = async (req, res, next) => {
      if (await isKnown(req.headers.authorization)) next()
      else if (!res.headersSent) res.status(401).json({ error: 'who are you?' })
    }
    app.use(log)
    app.use('/admin', auth)
    app.get('/admin', (_req, res) => {
      note('protected handler ran')
      res.json({ secret: 42 })
    })
  },

  'next-twice-async-handler'(app) {
    app.use((_req, _res, next) => {
      next() // @first
      next() // @second
    })
    app.get('/users/:id', async (req, res) => {
      const user = await findUser(req.params.id)
      if (!res.headersSent) res.json({ user })
    })
  },

  'next-twice-callback'(app, { note }) {
    app.use((_req, _res, next) => {
      setTimeout(next, 20)
      next() // @first
    })
    app.get('/users/:id', (req, res) => {
      note('handler ran')
      if (!res.headersSent) res.json({ id: req.params.id })
    })
  },

  'next-with-error-after-send'(app, { note }) {
    app.post('/orders', (_req, res, next) => {
      res.status(201).json({ ok: true }) // @first
      next(new Error('mail refused')) // @second
    })
    app.use(((error, _req, _res, next) => {
      note(`logged ${error.message}`)
      next(error)
    }) as ErrorRequestHandler)
  },

  'throw-after-send'(app) {
    app.post('/orders', (_req, res) => {
      res.status(201).json({ ok: true }) // @first
      throw new Error('mail refused') // @second
    })
  },

  'throw-after-send-async'(app) {
    app.post('/orders', async (_req, res) => {
      res.status(201).json({ ok: true }) // @first
      await findUser('1')
      throw new Error('mail refused') // @second
    })
  },

  'throw-after-send-logged'(app, { note }) {
    app.post('/orders', (_req, res) => {
      res.status(201).json({ ok: true }) // @first
      throw new Error('mail refused') // @second
    })
    app.use(((error, _req, res, next) => {
      note(`logged ${error.message}`)
      if (res.headersSent) return next(error)
      res.status(500).end()
    }) as ErrorRequestHandler)
  },

  'duplicate-catch'(app) {
    const notify = () => {
      throw new Error('mail refused')
    }
    app.post('/orders', (_req, res) => {
      try {
        res.status(201).json({ ok: true }) // @first
        notify()
      } catch {
        res.status(500).json({ error: 'could not order' }) // @second
      }
    })
  },

  'duplicate-catch-async'(app) {
    const notify = () => Promise.reject(new Error('mail refused'))
    app.post('/orders', async (_req, res) => {
      try {
        res.status(201).json({ ok: true }) // @first
        await notify()
      } catch {
        res.status(500).json({ error: 'could not order' }) // @second
      }
    })
  },

  'duplicate-catch-chain'(app) {
    app.get('/users/:id', (req, res) => {
      findUser(req.params.id)
        .then((user) => {
          res.json({ found: user !== undefined }) // @first
          throw new Error(`no audit for ${user}`)
        })
        .catch(() => {
          res.status(500).json({ error: 'could not look' }) // @second
        })
    })
  },
}
