import { EventEmitter } from 'node:events'
import compression from 'compression'
import timeout from 'connect-timeout'
import type { ErrorRequestHandler } from 'express'
import type { ExpressPrograms } from '../../frameworks/express.ts'
import { findOrder, later, pause, saveAudit, sendMail, workLongerThan } from '../shop.ts'

export const programs: ExpressPrograms = {
  'callback-and-await'(app) {
    app.get('/orders/:id', async (req, res) => {
      findOrder(req.params.id, (_error, order) => {
        res.json(order) // @second
      })
      await saveAudit()
      res.json({ queued: true }) // @first
    })
  },

  'callback-after-answer'(app) {
    app.get('/orders/:id', (req, res) => {
      findOrder(req.params.id, (error, order) => {
        if (error) return res.status(500).json({ error: error.message })
        return res.json(order) // @second
      })
      res.json({ queued: true }) // @first
    })
  },

  'unawaited-promise'(app) {
    app.post('/mails', (_req, res) => {
      sendMail().then((state) => res.json({ state })) // @second
      res.status(202).json({ state: 'queued' }) // @first
    })
  },

  'unawaited-call'(app) {
    app.post('/mails', async (_req, res) => {
      const answerWhenSent = async () => {
        const state = await sendMail()
        res.json({ state }) // @second
      }
      answerWhenSent()
      res.status(202).json({ state: 'queued' }) // @first
    })
  },

  'event-after-answer'(app) {
    app.get('/jobs', (_req, res) => {
      const job = new EventEmitter()
      job.on('done', (result) => {
        res.json({ result }) // @second
      })
      setTimeout(() => job.emit('done', 1), 15)
      res.json({ started: true }) // @first
    })
  },

  'loop-async-for-each'(app) {
    app.get('/orders', (_req, res) => {
      const ids = ['1', '2']
      ids.forEach(async (id) => {
        await saveAudit()
        res.json({ id }) // @first @second
      })
    })
  },

  'loop-interval'(app) {
    app.get('/ticks', (_req, res) => {
      let ticks = 0
      const interval = setInterval(() => {
        ticks++
        if (ticks === 2) clearInterval(interval)
        res.json({ ticks }) // @first @second
      }, 8)
    })
  },

  'timer-answers-first'(app) {
    app.get('/slow', async (_req, res) => {
      later(8, () => {
        res.status(503).json({ error: 'took too long' }) // @first
      })
      await pause(30)
      res.json({ found: 3 }) // @second
    })
  },

  'timeout-event-answers-first'(app) {
    app.get('/slow', async (_req, res) => {
      res.setTimeout(10, () => {
        res.status(408).json({ error: 'took too long' }) // @first
      })
      await workLongerThan(res)
      res.json({ found: 3 }) // @second
    })
  },

  'connect-timeout-then-send'(app) {
    app.use(timeout('10ms'))
    app.get('/slow', (_req, res) => {
      res.once('finish', () => {
        later(12, () => {
          res.json({ found: 3 }) // @second
        })
      })
    })
    app.use(((error, _req, res, _next) => {
      res.status(error.status).json({ error: error.message }) // @first
    }) as ErrorRequestHandler)
  },

  'compressed-double-send'(app) {
    app.use(compression({ threshold: 0 }))
    app.get('/report', async (_req, res) => {
      res.json({ rows: 'row '.repeat(250_000) }) // @first
      await Promise.resolve()
      res.json({ rows: 'again' }) // @second
    })
  },

  'compressed-double-send-sync'(app) {
    app.use(compression({ threshold: 0 }))
    app.get('/report', (_req, res) => {
      res.json({ rows: 'row '.repeat(250_000) }) // @first
      res.json({ rows: 'again' }) // @second
    })
  },

  'large-double-send'(app) {
    app.get('/export', (_req, res) => {
      res.send('x'.repeat(8_000_000)) // @first
      res.send('again') // @second
    })
  },

  'large-callback-send'(app) {
    app.get('/export', (_req, res) => {
      res.send('x'.repeat(8_000_000)) // @first
      setImmediate(() => {
        res.send('again') // @second
      })
    })
  },
}
