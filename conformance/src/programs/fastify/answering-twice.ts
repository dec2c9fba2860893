import { createReadStream } from 'node:fs'
import type { FastifyReply } from 'fastify'
import type { FastifyPrograms } from '../../frameworks/fastify.ts'
import { findUser } from '../shop.ts'

const users: Readonly<Record<string, { readonly name: string }>> = { 1: { name: 'Ada' } }
const page = `${import.meta.dirname}/../../../fixtures/page.txt`

interface ById {
  Params: { id: string }
}

export const programs: FastifyPrograms = {
  'missing-return'(app) {
    app.get<ById>('/users/:id', (request, reply) => {
      const user = users[request.params.id]
      if (!user) {
        reply.code(404).send({ error: 'no such user' }) // @first
      }
      reply.send({ user }) // @second
    })
  },

  'missing-return-async'(app) {
    app.get<ById>('/users/:id', async (request, reply) => {
      const user = await findUser(request.params.id)
      if (!user) reply.code(404).send({ error: 'no such user' }) // @first
      reply.send({ user }) // @second
      return reply
    })
  },

  'missing-return-after-await'(app) {
    app.get<ById>('/users/:id', async (request, reply) => {
      if (!users[request.params.id]) reply.code(404).send({ error: 'no such user' }) // @first
      const user = await findUser(request.params.id)
      reply.send({ user }) // @second
      return reply
    })
  },

  'both-branches'(app) {
    app.get<{ Querystring: { q?: string; limit?: string } }>('/search', (request, reply) => {
      const { q, limit } = request.query
      if (!q) reply.code(400).send('q is missing') // @first
      if (!limit) reply.code(400).send('limit is missing') // @second
    })
  },

  'switch-fall-through'(app) {
    app.get<{ Params: { format: string } }>('/export/:format', (request, reply) => {
      switch (request.params.format) {
        // biome-ignore lint/suspicious/noFallthroughSwitchClause: it is the mistake
        case 'csv':
          reply.type('text/csv').send('id,name') // @first
        default:
          reply.code(415).send({ error: 'unknown format' }) // @second
      }
    })
  },

  'helper-answers-too'(app) {
    const requireName = (body: { name?: string }, reply: FastifyReply) => {
      if (!body.name) reply.code(422).send({ error: 'name is missing' }) // @first
    }
    app.get('/names', (_request, reply) => {
      requireName({}, reply)
      reply.code(201).send({ ok: true }) // @second
    })
  },

  'loop-for'(app) {
    app.get('/items', (_request, reply) => {
      for (const item of ['a', 'b']) {
        reply.send({ item }) // @first @second
      }
    })
  },

  'loop-for-each'(app) {
    app.get('/items', (_request, reply) => {
      const items = ['a', 'b']
      items.forEach((item) => {
        reply.send({ item }) // @first @second
      })
    })
  },

  'redirect-then-json'(app) {
    app.get('/old', (_request, reply) => {
      reply.redirect('/new') // @first
      reply.send({ moved: true }) // @second
    })
  },

  'send-file-then-json'(app) {
    app.get('/report', (_request, reply) => {
      reply.send(createReadStream(page)) // @first
      reply.send({ sent: true }) // @second
    })
  },

  'chained-over-lines'(app) {
    app.get('/chain', (_request, reply) => {
      reply
        .code(202)
        .send({ ok: true }) // @first
        .send('accepted') // @second
    })
  },

  'error-handler-answers-twice'(app) {
    app.setErrorHandler((error, request, reply) => {
      if (request.url.startsWith('/broken')) reply.code(503).send({ error: (error as Error).message }) // @first
      reply.code(500).send('Something broke') // @second
    })
    app.get('/broken', () => {
      throw new Error('no database')
    })
  },

  'end-twice-with-text'(app) {
    app.get('/', (_request, reply) => {
      reply.raw.end('one') // @first
      reply.raw.end('two') // @second
    })
  },

  'write-head-twice'(app) {
    app.get('/', (_request, reply) => {
      reply.raw.writeHead(200, { 'Content-Type': 'text/plain' }) // @first
      reply.raw.writeHead(500) // @second
      reply.raw.end('ok')
    })
  },
}
