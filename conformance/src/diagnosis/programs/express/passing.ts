import { Router } from 'express'
import type { ExpressDiagnoses } from '../../program.ts'
import { sleep } from './lib/answers.ts'

export const programs: ExpressDiagnoses = {
  // next-after-response missing-return GET /api/v1/x
  'nested-routers'(app) {
    const inner = Router()
    inner.use((req, res, next) => {
      if (!req.get('authorization')) res.status(401).json({ error: 'log in' }) // @first
      next() // @second
    })
    const outer = Router().use('/v1', inner)
    app.use('/api', outer)
  },

  // next-after-response missing-return GET /users/2
  'param-callback'(app) {
    app.param('id', (_req, res, next, id) => {
      if (id === '2') res.sendStatus(404) // @first
      next() // @second
    })
    app.get('/users/:id', (_req, _res, next) => next())
  },

  // next-after-response late-callback GET /x
  'next-in-a-timer'(app) {
    app.get('/x', (_req, res, next) => {
      setTimeout(() => next(), 2) // @second
      res.json({}) // @first
    })
  },

  // next-after-response late-callback GET /x
  'next-of-what-was-sent'(app) {
    app.get('/x', (_req, res, next) => {
      res.on('finish', () => next()) // @second
      res.json({}) // @first
    })
  },

  // next-called-twice missing-return GET /x
  'next-with-fallback'(app) {
    app.use((req, _res, next) => {
      if (req.path === '/x') next() // @first
      next() // @second
    })
    app.get('/x', (_req, res) => void res.json({}))
  },

  // next-called-twice late-callback GET /x
  'next-and-later'(app) {
    app.use((_req, _res, next) => {
      void sleep(5).then(() => next()) // @second
      next() // @first
    })
    app.get('/x', (_req, res) => void res.json({}))
  },

  // next-called-twice missing-return GET /x
  'next-around-await'(app) {
    app.use(async (_req, _res, next) => {
      next() // @first
      await sleep(2)
      next() // @second
    })
    app.get('/x', (_req, res) => void res.json({}))
  },

  // late-header middleware-order GET /x
  'header-after-next'(app) {
    app.use((_req, res, next) => {
      next()
      res.set('X-Response-Time', '1ms') // @second
    })
    app.get('/x', (_req, res) => void res.json({})) // @first
  },

  // late-status middleware-order GET /x
  'status-after-next'(app) {
    app.use(function statusOf(_req, res, next) {
      next()
      res.status(202) // @second
    })
    app.get('/x', (_req, res) => void res.json({})) // @first
  },

  // late-status missing-return GET /x
  'status-after-send'(app) {
    app.get('/x', (_req, res) => {
      res.json({ created: true }) // @first
      res.status(201) // @second
    })
  },

  // late-header missing-return GET /x
  'cookie-after-send'(app) {
    app.get('/x', (_req, res) => {
      res.send('logged in') // @first
      res.cookie('session', 'secret') // @second
    })
  },

  // error-after-response missing-return GET /x
  'error-passed-on'(app) {
    app.get('/x', (_req, res, next) => {
      res.json({ done: true }) // @first
      next(new Error('metrics are down')) // @second
    })
  },

  // double-response next-after-send GET /x passing
  'later-handler'(app) {
    app.use((_req, res, next) => {
      res.send('maintenance') // @first
      next()
    })
    app.get('/x', (_req, res) => void res.json({ x: 1 })) // @second
  },

  // double-response next-after-send GET /x passing
  'later-handler-async'(app) {
    app.use(async (_req, res, next) => {
      res.send('maintenance') // @first
      next()
    })
    app.get('/x', async (_req, res) => {
      await sleep(3)
      res.json({ x: 1 }) // @second
    })
  },
}
