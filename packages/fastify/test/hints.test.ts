import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { guarded } from './guarded.ts'
import { versions } from './versions.ts'

// A hint says what to write in the words of the framework.

describe.each(versions)('%s', (_name, fastify) => {
  it("speaks of Fastify's own members", async () => {
    const { app, violations } = await guarded(fastify)
    app.get('/later', (_request, reply) => {
      setTimeout(() => reply.send('again'), 2)
      reply.send('once')
    })
    app.get('/caught', async (_request, reply) => {
      try {
        reply.send('once')
        throw new Error('after it')
      } catch {
        reply.send('again')
      }
    })
    app.get('/chained', (_request, reply) => void reply.send('once').send('again'))
    app.get('/set', (_request, reply) => {
      reply.send('once')
      reply.header('x-late', '1')
    })
    for (const path of ['/later', '/caught', '/chained', '/set']) await app.inject(path)
    await pause(20)
    const hints = new Map(violations.map(({ route, hint }) => [route, hint]))
    expect(hints.get('/later')).toContain('check `reply.sent` before')
    expect(hints.get('/caught')).toContain('check `reply.sent` in the catch')
    expect(hints.get('/chained')).toContain('use `reply.code(code)` in its place')
    expect(hints.get('/set')).toContain('in an onSend hook')
  })
})
