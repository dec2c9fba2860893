import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { detach, type Lifecycle, lifecycleOf } from '../src/index.ts'
import { guarded, kindsOf } from './guarded.ts'
import { versions } from './versions.ts'

describe.each(versions)('%s', (_name, fastify) => {
  it('tells where a response stands, and who answered it', async () => {
    const { app } = await guarded(fastify)
    const seen: unknown[] = []
    const note = (lifecycle: Lifecycle | undefined) =>
      seen.push([lifecycle?.state, lifecycle?.respondedBy?.operation, lifecycle?.hijacked])
    app.addHook('onSend', async (_request, reply, payload) => {
      note(reply.lifecycle)
      await pause(2)
      return payload
    })
    app.addHook('onResponse', async (_request, reply) => {
      note(reply.lifecycle)
    })
    app.get('/', (_request, reply) => {
      note(reply.lifecycle)
      reply.code(201)
      note(lifecycleOf(reply.raw))
      reply.send('ok')
    })
    await app.inject('/')
    await pause(10)
    expect(seen).toEqual([
      ['idle', undefined, false],
      ['headers-set', undefined, false],
      ['headers-set', 'reply.send', false],
      ['finished', 'reply.send', false],
    ])
  })

  it.each([
    ['a value', () => ({ ok: true }), 'return'],
    ['a promise of a value', async () => ({ ok: true }), 'return'],
    ['a promise of nothing', async () => undefined, 'return undefined'],
    [
      'an error',
      async () => {
        throw new Error('no database')
      },
      'throw',
    ],
  ])('says that Fastify answered with %s', async (_what, handler, operation) => {
    const { app, violations } = await guarded(fastify)
    let by: string | undefined
    app.addHook('onResponse', async (_request, reply) => {
      by = reply.lifecycle?.respondedBy?.operation
    })
    app.get('/', handler as never)
    await app.inject('/')
    await pause(5)
    expect(by).toBe(operation)
    expect(violations).toEqual([])
  })

  it('stops judging what the application has taken over', async () => {
    const { app, violations } = await guarded(fastify)
    app.get('/', (_request, reply) => {
      reply.send('one')
      detach(reply.raw)
      reply.header('x-late', '1')
      reply.send('two')
    })
    await app.inject('/')
    await pause(5)
    expect(kindsOf(violations)).toEqual([])
  })
})
