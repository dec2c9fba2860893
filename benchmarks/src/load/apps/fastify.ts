import fastify, { type FastifyInstance, type FastifyPluginCallback, type FastifyServerOptions } from 'fastify'
import { listenTo } from '../../listeners.ts'
import type { LoadVariant, Shape } from '../scenarios.ts'
import { ExpectedError, FAILURE, HEADERS, HELLO, megabyte, receipt } from './content.ts'
import { guardOptions } from './guards.ts'

async function addFirst(app: FastifyInstance, variant: LoadVariant): Promise<void> {
  const options = guardOptions(variant)
  if (options !== undefined) {
    const { respondOnce } = await import('@respond-once/fastify')
    await app.register(respondOnce as unknown as FastifyPluginCallback, options)
  }
  if (variant === 'empty') app.addHook('onRequest', (_request, _reply, done) => done())
  if (variant !== 'on-headers') return
  app.addHook('onRequest', (_request, reply, done) => {
    listenTo(reply.raw)
    done()
  })
}

export async function listenFastify(variant: LoadVariant, shape: Shape): Promise<void> {
  const app = fastify((shape.http2 ? { http2: true } : {}) as FastifyServerOptions) as unknown as FastifyInstance
  await addFirst(app, variant)
  for (let i = 0; i < (shape.middlewares ?? 0); i++) app.addHook('onRequest', (_request, _reply, done) => done())
  app.get('/hello', (_request, reply) => {
    reply.send(HELLO)
  })
  app.get('/headers', (_request, reply) => {
    for (const [name, value] of HEADERS) reply.header(name, value)
    reply.send(HELLO)
  })
  app.get('/stream', (_request, reply) => {
    reply.type('application/octet-stream').send(megabyte())
  })
  app.get('/error', () => {
    throw new ExpectedError()
  })
  app.post('/orders', (request, reply) => {
    reply.send(receipt(request.body))
  })
  app.setErrorHandler((_error, _request, reply) => {
    reply.code(500).send(FAILURE)
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
}
