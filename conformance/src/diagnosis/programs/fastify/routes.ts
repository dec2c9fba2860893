import { setTimeout as sleep } from 'node:timers/promises'
import type { RouteHandlerMethod } from 'fastify'
import type { FastifyDiagnoses } from '../../program.ts'

export const programs: FastifyDiagnoses = {
  // double-response send-and-return GET /x
  'sent-and-returned'(app) {
    const both: RouteHandlerMethod = async (_request /* @second */, reply) => {
      reply.send({ from: 'send' }) // @first
      await sleep(1)
      return { from: 'return' }
    }
    app.get('/x', both)
  },

  // double-response missing-return GET /users/2
  'no-such-user'(app) {
    app.get<{ Params: { id: string } }>('/users/:id', (request, reply) => {
      if (request.params.id !== '1') reply.code(404).send({ error: 'no such user' }) // @first
      reply.send({ name: 'Ada' }) // @second
    })
  },

  // double-response missing-return GET /x
  'after-an-await'(app) {
    app.get('/x', async (_request, reply) => {
      reply.code(400).send({ error: 'bad' }) // @first
      await sleep(1)
      reply.send({ ok: true }) // @second
      return reply
    })
  },

  // double-response duplicate-catch GET /x
  'answered-in-catch'(app) {
    app.get('/x', async (_request, reply) => {
      try {
        reply.code(201).send({ id: 1 }) // @first
        await Promise.reject(new Error('no mail today'))
      } catch {
        reply.code(500).send({ error: 'not saved' }) // @second
      }
      return reply
    })
  },

  // double-response late-callback GET /x
  'callback-comes-late'(app) {
    app.get('/x', (_request, reply) => {
      setTimeout(() => {
        reply.send('late') // @second
      }, 10)
      reply.send('at once') // @first
    })
  },

  // double-response loop GET /x
  'each-row'(app) {
    app.get('/x', (_request, reply) => {
      for (const row of ['a', 'b']) {
        reply.send(row) // @first @second
      }
    })
  },

  // double-response chained-send GET /x
  'sent-in-a-chain'(app) {
    app.get('/x', (_request, reply) => {
      reply
        .send('done') // @first
        .send('done') // @second
    })
  },

  // late-status missing-return GET /x
  'code-after-send'(app) {
    app.get('/x', (_request, reply) => {
      reply.send({ ok: true }) // @first
      reply.code(201) // @second
    })
  },

  // next-after-response missing-return GET /x
  'hook-goes-on'(app) {
    app.addHook('preHandler', (_request, reply, done) => {
      reply.code(401).send({ error: 'log in' }) // @first
      done() // @second
    })
    app.get('/x', async () => 'secret')
  },
}
