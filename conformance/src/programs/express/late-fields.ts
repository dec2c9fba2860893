import type { RequestHandler } from 'express'
import type { ExpressPrograms } from '../../frameworks/express.ts'

export const programs: ExpressPrograms = {
  'late-set'(app) {
    app.get('/', (_req, res) => {
      res.send('ok') // @first
      res.set('X-Request-Id', '7') // @second
    })
  },

  'late-cookie'(app) {
    app.get('/', (_req, res) => {
      res.send('ok') // @first
      res.cookie('seen', '1') // @second
    })
  },

  'late-set-header'(app) {
    app.get('/', (_req, res) => {
      res.send('ok') // @first
      res.setHeader('X-Request-Id', '7') // @second
    })
  },

  'late-append'(app) {
    app.get('/', (_req, res) => {
      res.send('ok') // @first
      res.append('Link', '</style.css>; rel=preload') // @second
    })
  },

  'late-remove-header'(app) {
    app.get('/', (_req, res) => {
      res.send('ok') // @first
      res.removeHeader('X-Powered-By') // @second
    })
  },

  'late-set-in-timer'(app) {
    app.get('/', (_req, res) => {
      setTimeout(() => {
        res.set('X-Late', '1') // @second
      }, 10)
      res.send('ok') // @first
    })
  },

  'late-set-after-next'(app) {
    const timing: RequestHandler = (_req, res, next) => {
      const started = performance.now()
      next()
      res.set('X-Took', `${performance.now() - started}`) // @second
    }
    app.use(timing)
    app.get('/', (_req, res) => {
      res.send('ok') // @first
    })
  },

  'late-early-hints'(app) {
    app.get('/', (_req, res) => {
      res.send('ok') // @first
      res.writeEarlyHints({ link: '</style.css>; rel=preload' }) // @second
    })
  },

  'late-status'(app, { note }) {
    app.get('/', (_req, res) => {
      res.on('finish', () => note(`logged ${res.statusCode}`))
      res.send('ok') // @first
      res.status(500) // @second
    })
  },

  'late-status-code'(app, { note }) {
    app.get('/', (_req, res) => {
      res.on('finish', () => note(`logged ${res.statusCode}`))
      res.send('ok') // @first
      res.statusCode = 404 // @second
    })
  },

  'late-status-message'(app, { note }) {
    app.get('/', (_req, res) => {
      res.on('finish', () => note(`logged ${res.statusMessage}`))
      res.send('ok') // @first
      res.statusMessage = 'Fine' // @second
    })
  },

  'late-status-after-next'(app) {
    app.use((_req, res, next) => {
      next()
      res.status(418) // @second
    })
    app.get('/', (_req, res) => {
      res.send('ok') // @first
    })
  },

  'length-too-short'(app) {
    app.get('/', (_req, res) => {
      res.set('Content-Length', '10')
      res.end('hello')
    })
  },

  'length-too-long'(app) {
    app.get('/', (_req, res) => {
      res.writeHead(200, { 'Content-Length': '3' })
      res.end('hello')
    })
  },

  'body-on-204'(app) {
    app.delete('/users/:id', (_req, res) => {
      res.status(204).json({ deleted: true }) // @second
    })
  },

  'never-answers'(app) {
    app.get('/users/:id', (req, res) => {
      if (req.params.id === '1') res.json({ id: 1 })
    })
  },

  'answers-after-hang-up'(app) {
    app.get('/slow', (_req, res) => {
      res.once('close', () => {
        setTimeout(() => {
          res.json({ found: 3 }) // @second
        }, 5)
      })
    })
  },
}
