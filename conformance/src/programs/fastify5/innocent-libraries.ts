import compress from '@fastify/compress'
import cookie from '@fastify/cookie'
import express from '@fastify/express'
import middie from '@fastify/middie'
import replyFrom from '@fastify/reply-from'
import session from '@fastify/session'
import files from '@fastify/static'
import websocket from '@fastify/websocket'
import type { FastifyPrograms } from '../../frameworks/fastify.ts'
import { saveAudit } from '../shop.ts'

const root = `${import.meta.dirname}/../../../fixtures`

export const programs: FastifyPrograms = {
  'fastify-static-file'(app) {
    app.register(files, { root })
  },

  'fastify-static-range'(app) {
    app.register(files, { root })
  },

  'fastify-static-not-modified'(app) {
    app.register(files, { root })
  },

  'fastify-static-missing'(app) {
    app.register(files, { root })
  },

  'compressed-json'(app) {
    app.register(compress, { threshold: 0 })
    app.after(() => {
      app.get('/', () => ({ rows: 'row '.repeat(500) }))
    })
  },

  'compressed-file'(app) {
    app.register(compress, { threshold: 0 })
    app.register(files, { root: `${root}/public` })
  },

  'cookie-and-session'(app) {
    app.register(cookie)
    app.register(session, {
      secret: 'a secret of at least thirty-two letters',
      idGenerator: () => 'always-the-same',
      cookie: { secure: false },
    })
    app.get('/', async (request, reply) => {
      request.session.set('seen' as never, 1 as never)
      reply.setCookie('flavour', 'oat')
      await saveAudit()
      return { ok: true }
    })
  },

  'middie-answers': {
    build: async (app) => {
      await app.register(middie)
      app.use((_req, res, next) => {
        res.setHeader('X-Middleware', '1')
        next()
      })
      app.use('/raw', (_req, res) => {
        res.statusCode = 202
        res.end('raw')
      })
      app.get('/', () => ({ ok: true }))
    },
  },

  'express-answers': {
    build: async (app) => {
      await app.register(express)
      app.use('/express', (_req: unknown, res: { status(code: number): { json(body: unknown): void } }) => {
        res.status(202).json({ by: 'express' })
      })
      app.get('/', () => ({ by: 'fastify' }))
    },
  },

  'express-passes-on': {
    build: async (app) => {
      app.addHook('onRequest', async (_request, reply) => {
        reply.code(203)
      })
      await app.register(express)
      app.use((_req: unknown, _res: unknown, next: () => void) => next())
      app.get('/', () => ({ by: 'fastify' }))
    },
  },

  'proxied-by-fastify': {
    build: async (app) => {
      app.register(replyFrom)
      app.get('/upstream', async (_request, reply) => {
        reply.header('x-upstream', '1')
        await saveAudit()
        return { up: true }
      })
      app.get('/', (request, reply) => {
        const port = request.raw.socket.localPort
        return reply.from(`http://127.0.0.1:${port}/upstream`)
      })
    },
  },

  'websocket-route': {
    build: async (app) => {
      await app.register(websocket)
      app.get('/socket', { websocket: true }, (socket) => {
        socket.on('message', (message: Buffer) => socket.send(`got ${message}`))
      })
      app.get('/', () => ({ plain: true }))
    },
  },

  'web-stream'(app) {
    app.get('/', (_request, reply) => {
      const parts = ['one ', 'two ', 'three']
      return reply.send(
        new ReadableStream({
          async pull(controller) {
            await saveAudit()
            const part = parts.shift()
            if (part === undefined) controller.close()
            else controller.enqueue(new TextEncoder().encode(part))
          },
        }),
      )
    })
  },

  'fetch-response'(app) {
    app.get('/', () => new Response('from fetch', { status: 201, headers: { 'x-from': 'fetch' } }))
  },

  'handler-in-time': {
    options: { handlerTimeout: 1000 },
    build: (app) => {
      app.get('/', async () => {
        await saveAudit()
        return { ok: true }
      })
    },
  },
}
