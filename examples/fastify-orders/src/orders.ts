import { definePolicy, type GuardOptions, respondOnce } from '@respond-once/fastify'
import { acmePolicy } from '@respond-once-examples/acme-policy'
import Fastify, { type FastifyInstance } from 'fastify'

const policy = definePolicy({
  extends: acmePolicy,
  rules: { 'double-response': 'throw' },
  overrides: [{ routes: ['/orders/*'], methods: ['GET'], rules: { 'double-response': 'suppress' } }],
})

const orders = new Map([['1', { items: ['tea'] }]])

/** The orders, as an application. */
export async function ordersApp(options: Omit<GuardOptions, 'policy'> = {}): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(respondOnce, { ...options, policy })
  app.get<{ Params: { id: string } }>('/orders/:id', (request, reply) => {
    const order = orders.get(request.params.id)
    // A mistake: the refusal lacks its return.
    if (order === undefined) reply.code(404).send({ error: 'no such order' })
    reply.send({ order })
  })
  return app
}
