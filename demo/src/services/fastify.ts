import { respondOnce } from '@respond-once/fastify'
import Fastify from 'fastify'
import { findOrder, findSession, readInvoice } from '../database.ts'
import { followParent, tellListening, tellParent } from '../parent.ts'
import { guardOptions, isGuarded } from '../policy.ts'

/*
 * A service for orders, with the mistakes that Fastify invites: hooks that reply and let the route go on.
 */

const app = Fastify({ logger: { level: 'warn', stream: process.stderr } })

if (isGuarded) await app.register(respondOnce, guardOptions)

app.addHook('onResponse', async (request, reply) => {
  console.log(`${request.method} ${request.url} ${reply.statusCode}`)
})

// As a plugin for signatures or sessions would: it takes a moment before each answer goes out.
app.addHook('onSend', async () => {
  await new Promise((resolve) => setTimeout(resolve, 10))
})

app.route({
  method: 'GET',
  url: '/orders/keys',
  preHandler: async (request, reply) => {
    const user = await findSession(request.headers.cookie)
    if (!user) {
      reply.code(401).send({ error: 'log in first' })
    }
  },
  handler: async () => {
    tellParent({ type: 'reached', handler: 'the handler behind the login check' })
    return { secret: 'sk-51f0' }
  },
})

app.get('/orders/latest', async (_request, reply) => {
  const order = await findOrder('77')
  reply.send(order)
  return { order }
})

app.get('/orders/invoice', (_request, reply) => {
  readInvoice('77', (_error, invoice) => {
    reply.type('text/plain').send(invoice)
  })
  reply.code(202).send({ state: 'queued' })
})

app.get('/orders/paid', async (_request, reply) => {
  await reply.send({ paid: false })
  reply.code(402)
})

await app.listen({ port: 0, host: '127.0.0.1' })
tellListening(app.server.address())

followParent()
