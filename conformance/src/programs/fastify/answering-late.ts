import { EventEmitter } from 'node:events'
import type { FastifyPrograms } from '../../frameworks/fastify.ts'
import { findOrder, later, pause, saveAudit, sendMail, workLongerThan } from '../shop.ts'

interface ById {
  Params: { id: string }
}

export const programs: FastifyPrograms = {
  'callback-and-await'(app) {
    app.get<ById>('/orders/:id', async (request, reply) => {
      findOrder(request.params.id, (_error, order) => {
        reply.send(order) // @second
      })
      await saveAudit()
      reply.send({ queued: true }) // @first
      return reply
    })
  },

  'callback-after-answer'(app) {
    app.get<ById>('/orders/:id', (request, reply) => {
      findOrder(request.params.id, (error, order) => {
        if (error) return reply.code(500).send({ error: error.message })
        return reply.send(order) // @second
      })
      reply.send({ queued: true }) // @first
    })
  },

  'unawaited-promise'(app) {
    app.post('/mails', (_request, reply) => {
      sendMail().then((state) => {
        reply.send({ state }) // @second
      })
      reply.code(202).send({ state: 'queued' }) // @first
    })
  },

  'unawaited-call'(app) {
    app.post('/mails', async (_request, reply) => {
      const answerWhenSent = async () => {
        const state = await sendMail()
        reply.send({ state }) // @second
      }
      answerWhenSent()
      reply.code(202).send({ state: 'queued' }) // @first
      return reply
    })
  },

  'event-after-answer'(app) {
    app.get('/jobs', (_request, reply) => {
      const job = new EventEmitter()
      job.on('done', (result) => {
        reply.send({ result }) // @second
      })
      setTimeout(() => job.emit('done', 1), 15)
      reply.send({ started: true }) // @first
    })
  },

  'loop-async-for-each'(app) {
    app.get('/orders', (_request, reply) => {
      const ids = ['1', '2']
      ids.forEach(async (id) => {
        await saveAudit()
        reply.send({ id }) // @first @second
      })
    })
  },

  'loop-interval'(app) {
    app.get('/ticks', (_request, reply) => {
      let ticks = 0
      const interval = setInterval(() => {
        ticks++
        if (ticks === 2) clearInterval(interval)
        reply.send({ ticks }) // @first @second
      }, 8)
    })
  },

  'timer-answers-first'(app) {
    app.get('/slow', async (_request, reply) => {
      later(8, () => {
        reply.code(503).send({ error: 'took too long' }) // @first
      })
      await pause(30)
      reply.send({ found: 3 }) // @second
      return reply
    })
  },

  'timeout-event-answers-first'(app) {
    app.get('/slow', async (_request, reply) => {
      reply.raw.setTimeout(10, () => {
        reply.code(408).send({ error: 'took too long' }) // @first
      })
      await workLongerThan(reply.raw)
      reply.send({ found: 3 }) // @second
      return reply
    })
  },

  'end-later'(app) {
    app.get('/', (_request, reply) => {
      setTimeout(() => {
        reply.raw.end('later') // @second
      }, 10)
      reply.send({ queued: true }) // @first
    })
  },

  'large-double-send'(app) {
    app.get('/export', (_request, reply) => {
      reply.send('x'.repeat(8_000_000)) // @first
      reply.send('again') // @second
    })
  },

  'large-callback-send'(app) {
    app.get('/export', (_request, reply) => {
      reply.send('x'.repeat(8_000_000)) // @first
      setImmediate(() => {
        reply.send('again') // @second
      })
    })
  },
}
