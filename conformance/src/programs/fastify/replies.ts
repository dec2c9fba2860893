import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { FastifyPrograms } from '../../frameworks/fastify.ts'
import { findUser, isKnown, saveAudit } from '../shop.ts'

const page = `${import.meta.dirname}/../../../fixtures/page.txt`

/** As many plugins do: the answer is on its way, and not out. */
const sendsLater = (app: FastifyInstance) => {
  app.addHook('onSend', async (_request, reply, payload) => {
    await pause(5)
    reply.header('x-sent', 'later')
    return payload
  })
}

export const programs: FastifyPrograms = {
  'refusal-not-returned'(app, { note }) {
    sendsLater(app)
    app.addHook('preHandler', async (request, reply) => {
      if (!(await isKnown(request.headers.authorization))) {
        reply.code(401).send({ error: 'who are you?' }) // @first
      }
    })
    app.get('/secret', async () => {
      note('protected handler ran')
      return { secret: 42 }
    })
  },

  'refusal-not-returned-audited'(app, { note }) {
    sendsLater(app)
    app.addHook('preHandler', async (_request, reply) => {
      reply.code(401).send({ error: 'who are you?' }) // @first
      await Promise.resolve()
    })
    app.get('/secret', (_request, reply) => {
      note('protected handler ran')
      reply.send({ secret: 42 })
    })
  },

  'refusal-and-done'(app, { note }) {
    sendsLater(app)
    app.addHook('onRequest', (_request, reply, done) => {
      reply.code(401).send({ error: 'who are you?' }) // @first
      done() // @second
    })
    app.get('/secret', (_request, reply) => {
      note('protected handler ran')
      reply.send({ secret: 42 })
    })
  },

  'send-and-return'(app) {
    app.get('/users/:id', async (_request, reply) => {
      const user = await findUser('1')
      reply.send({ user }) // @first
      return { ok: true }
    })
  },

  'send-then-await-and-return'(app) {
    app.get('/users/:id', async (_request, reply) => {
      reply.send({ ok: 1 }) // @first
      await saveAudit()
      return { ok: 2 }
    })
  },

  'send-and-return-in-error-handler'(app) {
    app.setErrorHandler(async (_error, _request, reply) => {
      reply.code(503).send({ error: 'no database' }) // @first
      return { error: 'again' }
    })
    app.get('/', () => {
      throw new Error('no database')
    })
  },

  'send-not-returned'(app) {
    sendsLater(app)
    app.get('/', async (_request, reply) => {
      reply.send({ ok: true }) // @first
    })
  },

  'send-twice-before-on-send-ends'(app) {
    sendsLater(app)
    app.get('/', (_request, reply) => {
      reply.send({ ok: true }) // @first
      reply.code(500).header('x-error', '1').send({ error: 'no' }) // @second
    })
  },

  'send-twice-before-pre-serialization-ends'(app) {
    app.addHook('preSerialization', async (_request, _reply, payload) => {
      await pause(5)
      return { wrapped: payload }
    })
    app.get('/', (_request, reply) => {
      reply.send({ ok: true }) // @first
      reply.send({ ok: false }) // @second
    })
  },

  'raw-end-before-on-send-ends'(app) {
    sendsLater(app)
    app.get('/', (_request, reply) => {
      reply.send({ ok: true }) // @first
      reply.raw.end('raw') // @second
    })
  },

  'send-behind-raw-end'(app) {
    app.get('/', (_request, reply) => {
      reply.raw.end('raw') // @first
      reply.send({ ok: true }) // @second
    })
  },

  'hijack-then-send'(app) {
    app.get('/', (_request, reply) => {
      reply.hijack() // @first
      reply.send('late') // @second
      reply.raw.end('raw')
    })
  },

  'hijack-and-end-twice'(app) {
    app.get('/', (_request, reply) => {
      reply.hijack()
      reply.raw.end('one') // @first
      setTimeout(() => {
        reply.raw.end('two') // @second
      }, 5)
    })
  },

  'hijack-never-answers'(app) {
    app.get('/', (_request, reply) => {
      reply.hijack()
    })
  },

  'not-found-handler-answers-twice'(app) {
    app.setNotFoundHandler((_request, reply) => {
      reply.code(404).send({ error: 'nothing here' }) // @first
      reply.code(404).send('nothing here') // @second
    })
  },

  'called-not-found-handler-answers-twice'(app) {
    app.setNotFoundHandler((_request, reply) => {
      reply.code(404).send({ error: 'nothing here' }) // @first
      reply.code(404).send('nothing here') // @second
    })
    app.get('/', (_request, reply) => {
      reply.callNotFound()
    })
  },

  'send-in-on-error'(app) {
    app.addHook('onError', async (_request, reply, error) => {
      try {
        reply.send({ error: error.message }) // @second
      } catch {
        // Fastify throws, too.
      }
    })
    app.get('/', async () => {
      throw Object.assign(new Error('no database'), { statusCode: 503 })
    })
  },

  'send-in-on-send'(app) {
    app.addHook('onSend', async (_request, reply, payload) => {
      if (!reply.hasHeader('x-sent')) {
        reply.header('x-sent', '1')
        reply.send('again') // @second
      }
      return payload
    })
    app.get('/', (_request, reply) => {
      reply.send('once') // @first
    })
  },

  'header-behind-stream'(app) {
    app.get('/page', (_request, reply) => {
      reply.send(createReadStream(page)) // @first
      reply.header('x-late', '1') // @second
    })
  },

  'late-reply-type'(app) {
    app.get('/', (_request, reply) => {
      reply.send('ok') // @first
      reply.type('text/html') // @second
    })
  },

  'late-trailer'(app) {
    app.get('/', (_request, reply) => {
      reply.send('ok') // @first
      reply.trailer('x-sum', (_reply, _payload, done) => done(null, '1')) // @second
    })
  },

  'late-reply-redirect'(app) {
    app.get('/', (_request, reply) => {
      reply.send('ok') // @first
      reply.redirect('/there') // @second
    })
  },

  'error-after-send-before-on-send-ends'(app) {
    sendsLater(app)
    app.post('/orders', async (_request, reply) => {
      reply.code(201).send({ ok: true }) // @first
      throw new Error('mail refused') // @second
    })
  },

  'iterated-body-fails'(app) {
    app.get('/rows', (_request, reply) => {
      const rows = async function* () {
        yield 'first row\n'
        await pause(10)
        throw new Error('database gone')
      }
      return reply.send(Readable.from(rows())) // @first
    })
  },
}
