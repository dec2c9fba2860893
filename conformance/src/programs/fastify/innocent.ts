import { createReadStream, existsSync } from 'node:fs'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyPrograms } from '../../frameworks/fastify.ts'
import { findUser, isKnown, saveAudit } from '../shop.ts'

const page = `${import.meta.dirname}/../../../fixtures/page.txt`

export const programs: FastifyPrograms = {
  'plain-json'(app) {
    app.get<{ Params: { id: string } }>('/users/:id', async (request) => findUser(request.params.id))
  },

  'text-with-etag'(app) {
    app.get('/', (_request, reply) => reply.send('hello'))
  },

  'buffer-and-type'(app) {
    app.get('/', (_request, reply) => {
      reply.type('image/png').send(Buffer.from([137, 80, 78, 71]))
    })
  },

  redirect(app) {
    app.get('/', (_request, reply) => reply.code(301).redirect('/new?x=1'))
  },

  'status-204-end'(app) {
    app.delete('/', (_request, reply) => {
      reply.code(204).send()
    })
  },

  'status-set-often'(app) {
    app.get('/', (_request, reply) => {
      reply.code(400).header('X-A', '1').header('X-B', '1')
      reply.code(201).header('X-A', '2').removeHeader('X-B')
      reply.send({ ok: true })
    })
  },

  'status-204-then-200'(app) {
    app.get('/', (_request, reply) => {
      reply.code(204)
      reply.code(200).send({ ok: true })
    })
  },

  'end-in-finally'(app) {
    app.get('/', (_request, reply) => {
      try {
        reply.send({ ok: true })
      } finally {
        reply.raw.end()
      }
    })
  },

  'returned-reply'(app) {
    app.addHook('onRequest', async () => {
      await saveAudit()
    })
    app.get('/', async (_request, reply) => {
      reply.code(201)
      return reply.send({ ok: true })
    })
  },

  'awaited-reply'(app, { note }) {
    app.get('/', async (_request, reply) => {
      reply.send({ ok: true })
      await reply
      note('sent')
    })
  },

  'reply-returned-later'(app) {
    app.get('/', async (_request, reply) => {
      setTimeout(() => reply.send({ ok: true }), 10)
      return reply
    })
  },

  'undefined-returned-behind-send'(app) {
    app.get('/', async (_request, reply) => {
      reply.send({ ok: true })
      await saveAudit()
    })
  },

  'undefined-returned'(app) {
    app.get('/', async () => {
      await saveAudit()
    })
  },

  'sync-value'(app) {
    app.get('/', () => ({ ok: true }))
  },

  'hook-refuses-by-returning-reply'(app, { note }) {
    app.addHook('onSend', async (_request, _reply, payload) => {
      await pause(5)
      return payload
    })
    app.addHook('preHandler', async (request, reply) => {
      if (!(await isKnown(request.headers.authorization))) {
        reply.code(401).send({ error: 'who are you?' })
        return reply
      }
    })
    app.get('/', () => {
      note('protected handler ran')
      return { secret: 42 }
    })
  },

  'hook-refuses-and-is-out'(app, { note }) {
    app.addHook('preHandler', async (_request, reply) => {
      await saveAudit()
      reply.code(401).send({ error: 'who are you?' })
    })
    app.get('/', () => {
      note('protected handler ran')
      return { secret: 42 }
    })
  },

  'hooks-of-all-kinds'(app, { note }) {
    app.addHook('onRequest', (_request, _reply, done) => done())
    app.addHook('preParsing', async (_request, _reply, payload) => payload)
    app.addHook('preParsing', (_request, _reply, payload, done) => done(null, payload))
    app.addHook('preValidation', (_request, _reply, done) => setTimeout(done, 3))
    app.addHook('preHandler', async (request) => {
      await saveAudit()
      note(`handler of ${request.method}`)
    })
    app.addHook('preSerialization', async (_request, _reply, payload) => ({ wrapped: payload }))
    app.addHook('onSend', (_request, reply, payload, done) => {
      reply.header('x-length', String((payload as string).length))
      setTimeout(done, 3, null, `${payload} `)
    })
    app.addHook('onResponse', async (_request, reply) => note(`answered ${reply.statusCode}`))
    app.post('/', async (request) => request.body)
  },

  'on-send-replaces-payload'(app) {
    app.addHook('onSend', async (_request, reply) => {
      reply.type('text/plain')
      return createReadStream(page)
    })
    app.get('/', () => ({ never: 'seen' }))
  },

  'on-send-fails'(app) {
    let calls = 0
    app.addHook('onSend', async (_request, _reply, payload) => {
      await pause(3)
      calls++
      if (calls === 1) throw Object.assign(new Error('no signature'), { statusCode: 502 })
      return payload
    })
    app.get('/', (_request, reply) => reply.send({ ok: true }))
  },

  'serializer-fails'(app) {
    app.setErrorHandler((_error, _request, reply) => {
      reply.code(500).type('text/plain').serializer(String).send('could not write')
    })
    app.get('/', (_request, reply) => {
      reply
        .serializer(() => {
          throw new Error('circular')
        })
        .send({ ok: true })
    })
  },

  'unsendable-payload'(app) {
    app.get('/', (_request, reply) => {
      try {
        reply.type('text/plain').send({ not: 'text' } as never)
      } catch (error) {
        reply.type('text/plain').send((error as { code: string }).code)
      }
    })
  },

  'stream-fails-early'(app) {
    app.get('/', (_request, reply) => reply.send(createReadStream('/nowhere/at/all')))
  },

  'stream-fails-early-handled'(app, { note }) {
    app.addHook('onError', async (_request, _reply, error) => note((error as NodeJS.ErrnoException).code ?? ''))
    app.setErrorHandler((_error, _request, reply) => {
      reply.code(404).send('no such file')
    })
    app.get('/', (_request, reply) => reply.send(createReadStream('/nowhere/at/all')))
  },

  'send-error'(app) {
    app.setErrorHandler((error, _request, reply) => {
      reply.code(418).send({ error: (error as Error).message })
    })
    app.get('/', (_request, reply) => {
      reply.send(new Error('no coffee'))
    })
  },

  'throw-default-handler'(app) {
    app.get('/', async () => {
      throw new Error('no database')
    })
  },

  'error-handler-returns'(app) {
    app.setErrorHandler(async (error, _request, reply) => {
      await saveAudit()
      reply.code(503)
      return { error: (error as Error).message }
    })
    app.get('/', () => {
      throw new Error('no database')
    })
  },

  'error-handlers-nested'(app) {
    app.setErrorHandler((error, _request, reply) => {
      reply.code(503).send({ error: `outer: ${(error as Error).message}` })
    })
    app.register(async (inner) => {
      inner.setErrorHandler(async (error) => {
        throw new Error(`inner: ${(error as Error).message}`)
      })
      inner.get('/', async () => {
        throw new Error('no database')
      })
    })
  },

  'hook-error-answered'(app) {
    app.addHook('preHandler', (_request, _reply, done) => {
      done(Object.assign(new Error('no tenant'), { statusCode: 400 }))
    })
    app.get('/', () => 'never')
  },

  'validation-fails'(app) {
    const schema = { querystring: { type: 'object', required: ['q'], properties: { q: { type: 'string' } } } }
    app.get('/', { schema }, () => 'never')
  },

  'not-found'(app) {
    app.get('/here', () => 'here')
  },

  'call-not-found'(app) {
    app.setNotFoundHandler({ preHandler: (_request, _reply, done) => done() }, async (_request, reply) => {
      await saveAudit()
      return reply.code(404).send({ error: 'nothing here' })
    })
    app.get('/', (_request, reply) => {
      reply.callNotFound()
    })
  },

  'head-of-route'(app) {
    app.get('/', { exposeHeadRoute: true }, () => ({ hello: 'world' }))
  },

  'hijacked-event-stream'(app) {
    app.get('/', (request, reply) => {
      reply.hijack()
      const { raw } = reply
      raw.writeHead(200, { 'Content-Type': 'text/event-stream' })
      raw.write('data: 1\n\n')
      const timer = setInterval(() => {
        raw.write('data: tick\n\n')
        clearInterval(timer)
        raw.end()
      }, 10)
      request.raw.on('close', () => clearInterval(timer))
    })
  },

  'unhijacked-event-stream'(app) {
    app.get('/', async (_request, reply) => {
      reply.raw.writeHead(200, { 'Content-Type': 'text/event-stream' })
      reply.raw.write('data: 1\n\n')
      await pause(10)
      reply.raw.end('data: tick\n\n')
    })
  },

  'hijacked-returns-a-value'(app) {
    app.get('/', async (_request, reply) => {
      reply.hijack()
      reply.raw.end('raw')
      return { ignored: true }
    })
  },

  'stream-of-parts'(app) {
    app.get('/', (_request, reply) => {
      reply.header('x-parts', '3')
      return reply.send(
        Readable.from(
          (async function* () {
            yield 'a'
            await pause(5)
            yield 'b'
            yield 'c'
          })(),
        ),
      )
    })
  },

  'reply-trailers'(app) {
    app.get('/', (_request, reply) => {
      reply.trailer('x-sum', async () => {
        await pause(3)
        return '42'
      })
      reply.send('body')
    })
  },

  'stream-with-trailers'(app) {
    app.get('/', (_request, reply) => {
      reply.trailer('x-sum', async () => '42')
      reply.send(createReadStream(page))
    })
  },

  'early-hints'(app) {
    app.get('/', (_request, reply) => {
      reply.raw.writeProcessing()
      reply.raw.writeEarlyHints({ link: '</style.css>; rel=preload' })
      reply.send('page')
    })
  },

  'header-in-time'(app) {
    app.addHook('onSend', (_request, reply, payload, done) => {
      reply.header('X-Early', '1')
      done(null, payload)
    })
    app.get('/', (_request, reply) => {
      reply.send({ ok: true })
      existsSync(page)
    })
  },

  'keep-alive'(app) {
    let served = 0
    app.get('/', () => {
      served++
      return { served }
    })
  },

  pipelined(app) {
    app.get<{ Params: { n: string } }>('/:n', async (request) => {
      await saveAudit()
      return { n: request.params.n }
    })
  },

  'leaves-early'(app, { note }) {
    app.get('/', (_request, reply) => {
      reply.raw.on('close', () => {
        note(`closed ${reply.raw.writableFinished}`)
        setTimeout(() => reply.send({ late: true }), 5)
      })
    })
  },

  'guard-in-a-context': {
    installsGuard: true,
    build: (app, { installGuard }) => {
      app.register(async (inner) => {
        await installGuard(inner)
        inner.get('/inner', () => ({ inner: true }))
      })
      app.get('/', (_request, reply) => {
        reply.send({ outer: true })
        reply.send({ outer: 'twice' })
      })
    },
  },
}
