import fastify, { type FastifyInstance } from 'fastify'
import fastify4 from 'fastify4'
import type { Scenario } from '../catalogue.ts'
import { listenTo } from '../listeners.ts'
import type { Listener } from './apps.ts'

async function install(app: FastifyInstance, variant: string): Promise<void> {
  if (variant === 'empty') app.addHook('onRequest', (_request, _reply, done) => done())
  if (variant === 'on-headers') {
    app.addHook('onRequest', (_request, reply, done) => {
      listenTo(reply.raw)
      done()
    })
  }
  // Imported on demand: the baseline must run in a process that has never seen the guard.
  if (variant.startsWith('guard')) await (await import('./guarded.ts')).guardFastify(app, variant)
}

export async function fastifyListener(scenario: Scenario, variant: string): Promise<Listener> {
  // The types of the two majors are not each other's; what is called here is the same on both.
  const app = (scenario.framework === 'fastify4' ? (fastify4 as unknown as typeof fastify) : fastify)()
  await install(app, variant)
  for (let i = 0; i < (scenario.middlewares ?? 0); i++) app.addHook('onRequest', (_request, _reply, done) => done())
  const body = { hello: 'world' }
  app.get('/', (_request, reply) => {
    reply.send(body)
  })
  app.get('/twice', (_request, reply) => {
    reply.send(body)
    reply.send(body)
  })
  await app.ready()
  return (request, response) => app.routing(request, response)
}
