import type { FastifyInstance, FastifyReply } from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { respondOnce, type Violation } from '../src/index.ts'
import { guarded, kindsOf } from './guarded.ts'
import { versions } from './versions.ts'

// Other plugins may decorate replies with names that the guard has members for.

/** Redirects in another way than Fastify. */
function redirect(this: FastifyReply, url: string): FastifyReply {
  return this.code(303).header('location', url).send('see there')
}

const answers = (app: FastifyInstance) =>
  app.get('/', (_request, reply) => {
    reply.redirect('/there')
    reply.send('again')
  })

describe.each(versions)('%s', (_name, fastify) => {
  it('leaves a name to a plugin that comes after the guard', async () => {
    const { app, violations } = await guarded(fastify)
    app.decorateReply('redirect', redirect as never)
    answers(app)
    const { statusCode, headers, body } = await app.inject('/')
    expect([statusCode, headers.location, body]).toEqual([303, '/there', 'see there'])
    expect(kindsOf(violations)).toEqual(['double-response suppress missing-return'])
    expect(violations[0]?.first?.operation).toBe('reply.send')
  })

  it('leaves a name to a plugin that came before the guard', async () => {
    const app = fastify()
    onTestFinished(() => app.close())
    app.decorateReply('redirect', redirect as never)
    app.decorateReply('lifecycle', { getter: () => 'of somebody else' } as never)
    const violations: Violation[] = []
    await app.register(respondOnce, { reporters: [], onViolation: (violation) => void violations.push(violation) })
    app.get('/lifecycle', (_request, reply) => reply.send(String(reply.lifecycle)))
    answers(app)
    const { statusCode, headers, body } = await app.inject('/')
    expect([statusCode, headers.location, body]).toEqual([303, '/there', 'see there'])
    expect(kindsOf(violations)).toEqual(['double-response suppress missing-return'])
    expect((await app.inject('/lifecycle')).body).toBe('of somebody else')
  })

  it('leaves it to a plugin in a context of its own', async () => {
    const { app, violations } = await guarded(fastify)
    app.register(async (inner) => {
      inner.decorateReply('redirect', redirect as never)
      answers(inner)
    })
    app.get('/plain', (_request, reply) => {
      reply.redirect('/there')
      reply.send('again')
    })
    expect((await app.inject('/')).statusCode).toBe(303)
    expect((await app.inject('/plain')).statusCode).toBe(302)
    expect(violations.map(({ first }) => first?.operation)).toEqual(['reply.send', 'reply.redirect'])
  })
})
