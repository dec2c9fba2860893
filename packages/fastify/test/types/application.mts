import type { Lifecycle } from '@respond-once/fastify'
import { definePolicy, respondOnce } from '@respond-once/fastify'
import fastify from 'fastify'

// Compiled, not run: what an application writes, with the types of both majors.

const app = fastify()
await app.register(respondOnce)
app.register(respondOnce, { policy: 'strict', trace: 'never' })
app.register(respondOnce, { policy: definePolicy({ extends: 'observe', rules: { 'late-header': 'off' } }) })

app.get('/', async (_request, reply) => {
  const lifecycle: Lifecycle | undefined = reply.lifecycle
  const by: string | undefined = reply.lifecycle?.respondedBy?.operation
  // @ts-expect-error: it is read-only
  reply.lifecycle = lifecycle
  return by
})

// @ts-expect-error: no such preset
app.register(respondOnce, { policy: 'protct' })
// @ts-expect-error: no such option
app.register(respondOnce, { tracing: 'always' })
