import { describe, expect, it, onTestFinished } from 'vitest'
import { respondOnce, type Violation } from '../src/index.ts'
import { kindsOf } from './guarded.ts'
import { versions } from './versions.ts'

// What was there before the guard is guarded like what comes after it.

describe.each(versions)('%s', (_name, fastify) => {
  /** Hooks first, and the guard behind them. */
  async function guardedBehind(prepare: (app: ReturnType<typeof fastify>) => void) {
    const app = fastify()
    onTestFinished(() => app.close())
    prepare(app)
    const violations: Violation[] = []
    await app.register(respondOnce, {
      reporters: [],
      trace: 'always',
      onViolation: (violation: Violation) => violations.push(violation),
    })
    return { app, violations }
  }

  it('follows a hook that was added before it, from the first request on', async () => {
    const { app, violations } = await guardedBehind((app) => {
      app.addHook('onRequest', (_request, _reply, done) => {
        done()
        done()
      })
    })
    app.get('/', (_request, reply) => reply.send('ok'))
    for (const _time of [1, 2]) expect((await app.inject('/')).body).toBe('ok')
    expect(kindsOf(violations)).toEqual([
      'next-called-twice suppress missing-return',
      'next-called-twice suppress missing-return',
    ])
  })

  it('follows a hook of an instance that was registered before it', async () => {
    const { app, violations } = await guardedBehind((app) => {
      app.register(async (inner) => {
        inner.addHook('onRequest', async (_request, reply) => {
          reply.send('refused')
          throw new Error('after it')
        })
        inner.get('/inner', () => 'never')
      })
    })
    expect((await app.inject('/inner')).body).toBe('refused')
    expect(kindsOf(violations)).toEqual(['error-after-response suppress missing-return'])
  })

  it('follows the hooks that a context has of the one around it', async () => {
    const app = fastify()
    onTestFinished(() => app.close())
    const violations: Violation[] = []
    const order: string[] = []
    app.addHook('onRequest', (_request, _reply, done) => {
      order.push('outer')
      done()
      done()
    })
    app.register(async (inner) => {
      inner.addHook('onRequest', async () => void order.push('before'))
      await inner.register(respondOnce, { reporters: [], onViolation: (violation) => violations.push(violation) })
      inner.addHook('onRequest', async () => void order.push('after'))
      inner.get('/inner', () => 'ok')
    })
    app.get('/', () => 'ok')
    for (const path of ['/', '/inner']) expect((await app.inject(path)).body).toBe('ok')
    expect(order).toEqual(['outer', 'outer', 'before', 'after'])
    expect(violations.map(({ kind, route }) => `${kind} ${route}`)).toEqual(['next-called-twice /inner'])
  })
})
