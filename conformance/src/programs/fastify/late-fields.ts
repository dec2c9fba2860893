import { Readable } from 'node:stream'
import type { FastifyPrograms } from '../../frameworks/fastify.ts'

export const programs: FastifyPrograms = {
  'late-set'(app) {
    app.get('/', (_request, reply) => {
      reply.send('ok') // @first
      reply.header('X-Request-Id', '7') // @second
    })
  },

  'late-set-header'(app) {
    app.get('/', (_request, reply) => {
      reply.send('ok') // @first
      reply.raw.setHeader('X-Request-Id', '7') // @second
    })
  },

  'late-append'(app) {
    app.get('/', (_request, reply) => {
      reply.send('ok') // @first
      reply.headers({ link: '</style.css>; rel=preload' }) // @second
    })
  },

  'late-remove-header'(app) {
    app.get('/', (_request, reply) => {
      reply.send('ok') // @first
      reply.removeHeader('X-Powered-By') // @second
    })
  },

  'late-set-in-timer'(app) {
    app.get('/', (_request, reply) => {
      setTimeout(() => {
        reply.header('X-Late', '1') // @second
      }, 10)
      reply.send('ok') // @first
    })
  },

  'late-set-after-next'(app) {
    app.addHook('onRequest', (_request, reply, done) => {
      const started = performance.now()
      done()
      reply.header('X-Took', `${performance.now() - started}`) // @second
    })
    app.get('/', (_request, reply) => {
      reply.send('ok') // @first
    })
  },

  'late-early-hints'(app) {
    app.get('/', (_request, reply) => {
      reply.send('ok') // @first
      reply.raw.writeEarlyHints({ link: '</style.css>; rel=preload' }) // @second
    })
  },

  'late-status'(app, { note }) {
    app.get('/', (_request, reply) => {
      reply.raw.on('finish', () => note(`logged ${reply.statusCode}`))
      reply.send('ok') // @first
      reply.code(500) // @second
    })
  },

  'late-status-code'(app, { note }) {
    app.get('/', (_request, reply) => {
      reply.raw.on('finish', () => note(`logged ${reply.statusCode}`))
      reply.send('ok') // @first
      reply.statusCode = 404 // @second
    })
  },

  'late-status-message'(app, { note }) {
    app.get('/', (_request, reply) => {
      reply.raw.on('finish', () => note(`logged ${reply.raw.statusMessage}`))
      reply.send('ok') // @first
      reply.raw.statusMessage = 'Fine' // @second
    })
  },

  'late-status-after-next'(app) {
    app.addHook('preHandler', (_request, reply, done) => {
      done()
      reply.status(418) // @second
    })
    app.get('/', (_request, reply) => {
      reply.send('ok') // @first
    })
  },

  'length-too-short'(app) {
    app.get('/', (_request, reply) => {
      reply.header('Content-Length', '10')
      reply.send(Readable.from(['hello']))
    })
  },

  'length-too-long'(app) {
    app.get('/', (_request, reply) => {
      reply.raw.writeHead(200, { 'Content-Length': '3' })
      reply.raw.end('hello')
    })
  },

  'body-on-204'(app) {
    app.delete('/users/:id', (_request, reply) => {
      reply.code(204).send({ deleted: true }) // @second
    })
  },

  'never-answers'(app) {
    app.get<{ Params: { id: string } }>('/users/:id', (request, reply) => {
      if (request.params.id === '1') reply.send({ id: 1 })
    })
  },

  'answers-after-hang-up'(app) {
    app.get('/slow', (_request, reply) => {
      reply.raw.once('close', () => {
        setTimeout(() => {
          reply.send({ found: 3 }) // @second
        }, 5)
      })
    })
  },
}
