import type { FastifyPrograms } from '../../frameworks/fastify.ts'
import { findUser, isKnown } from '../shop.ts'

export const programs: FastifyPrograms = {
  'next-after-send'(app) {
    app.addHook('preHandler', (_request, reply, done) => {
      reply.send({ up: true }) // @first
      done() // @second
    })
    app.get('/health', () => 'never')
  },

  'next-twice-around-auth'(app, { note }) {
    app.addHook('onRequest', (request, _reply, done) => {
      if (request.url.startsWith('/admin')) done() // @first
      done() // @second
    })
    app.addHook('onRequest', async (request, reply) => {
      if (await isKnown(request.headers.authorization)) return
      if (!reply.sent) return reply.code(401).send({ error: 'who are you?' })
    })
    app.get('/admin', (_request, reply) => {
      note('protected handler ran')
      reply.send({ secret: 42 })
    })
  },

  'throw-after-send'(app) {
    app.post('/orders', (_request, reply) => {
      reply.code(201).send({ ok: true }) // @first
      throw new Error('mail refused') // @second
    })
  },

  'throw-after-send-async'(app) {
    app.post('/orders', async (_request, reply) => {
      reply.code(201).send({ ok: true }) // @first
      await findUser('1')
      throw new Error('mail refused') // @second
    })
  },

  'done-with-error-after-send'(app, { note }) {
    app.addHook('preHandler', (_request, reply, done) => {
      reply.code(201).send({ ok: true }) // @first
      done(new Error('mail refused')) // @second
    })
    app.setErrorHandler((error) => {
      note(`answered ${(error as Error).message}`)
    })
    app.post('/orders', () => 'never')
  },

  'duplicate-catch'(app) {
    const notify = () => {
      throw new Error('mail refused')
    }
    app.post('/orders', (_request, reply) => {
      try {
        reply.code(201).send({ ok: true }) // @first
        notify()
      } catch {
        reply.code(500).send({ error: 'could not order' }) // @second
      }
    })
  },

  'duplicate-catch-async'(app) {
    const notify = () => Promise.reject(new Error('mail refused'))
    app.post('/orders', async (_request, reply) => {
      try {
        reply.code(201).send({ ok: true }) // @first
        await notify()
      } catch {
        reply.code(500).send({ error: 'could not order' }) // @second
      }
    })
  },

  'duplicate-catch-chain'(app) {
    app.get<{ Params: { id: string } }>('/users/:id', (request, reply) => {
      findUser(request.params.id)
        .then((user) => {
          reply.send({ found: user !== undefined }) // @first
          throw new Error(`no audit for ${user}`)
        })
        .catch(() => {
          reply.code(500).send({ error: 'could not look' }) // @second
        })
    })
  },
}
