import type { FastifyPrograms } from '../../frameworks/fastify.ts'
import { pause, workLongerThan } from '../shop.ts'

export const programs: FastifyPrograms = {
  'handler-timeout-then-send': {
    options: { handlerTimeout: 15 },
    build: (app) => {
      app.get('/slow', async (_request, reply) => {
        await workLongerThan(reply.raw)
        reply.send({ found: 3 }) // @second
        return reply
      })
    },
  },

  'handler-timeout-then-value': {
    options: { handlerTimeout: 15 },
    build: (app) => {
      app.get('/slow', async (_request, reply) => {
        await workLongerThan(reply.raw)
        return { found: 3 }
      })
    },
  },

  'handler-timeout-answered-then-send': {
    options: { handlerTimeout: 15 },
    build: (app) => {
      app.setErrorHandler((error, _request, reply) => {
        reply.code(500).send({ error: (error as Error).message.slice(0, 7) }) // @first
      })
      app.get('/slow', async (_request, reply) => {
        await workLongerThan(reply.raw)
        reply.send({ found: 3 }) // @second
        return reply
      })
    },
  },

  'web-stream-fails'(app) {
    app.get('/rows', (_request, reply) => {
      const rows = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode('first row\n')),
        pull: async (controller) => {
          await pause(10)
          controller.error(new Error('database gone'))
        },
      })
      return reply.send(rows) // @first
    })
  },
}
