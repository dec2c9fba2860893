import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { InvalidOptionsError, respondOnce } from '../src/index.ts'
import { guarded, kindsOf } from './guarded.ts'
import { versions } from './versions.ts'

describe.each(versions)('%s', (_name, fastify) => {
  it('knows the plugin by its name', async () => {
    const { app } = await guarded(fastify)
    await app.ready()
    expect(app.printPlugins()).toContain('@respond-once/fastify')
    if ('hasPlugin' in app) expect(app.hasPlugin('@respond-once/fastify')).toBe(true)
  })

  it('rejects register with every mistake in the options', async () => {
    const app = fastify()
    const registered = async () => await app.register(respondOnce, { policy: 'protct', trace: 'often' } as never)
    const error = await registered().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(InvalidOptionsError)
    expect((error as InvalidOptionsError).problems.map(({ path }) => path)).toEqual(['policy', 'trace'])
  })

  it('takes the options that register has itself', async () => {
    const app = fastify()
    onTestFinished(() => app.close())
    await app.register(respondOnce, { prefix: '/x', logLevel: 'warn', policy: 'observe' } as never)
    await app.ready()
  })

  it('guards what was added before it, and without await', async () => {
    const app = fastify()
    onTestFinished(() => app.close())
    const kinds: string[] = []
    app.get('/before', (_request, reply) => {
      reply.send('one')
      reply.send('two')
    })
    app.register(respondOnce, { reporters: [], onViolation: ({ kind }) => kinds.push(kind) })
    app.addHook('preHandler', async (request, reply) => {
      if (request.url === '/hook') {
        reply.send('hook')
        throw new Error('after it')
      }
    })
    app.get('/hook', () => 'never')
    app.get('/after', async (_request, reply) => {
      reply.send('one')
      return 'two'
    })
    for (const path of ['/before', '/after', '/hook']) await app.inject(path)
    expect(kinds).toEqual(['double-response', 'double-response', 'error-after-response'])
  })

  it('guards only the context that it is registered in', async () => {
    const app = fastify()
    onTestFinished(() => app.close())
    const kinds: string[] = []
    const twice = (_request: unknown, reply: { send(payload: string): unknown }) => {
      reply.send('one')
      reply.send('two')
    }
    app.register(async (inner) => {
      await inner.register(respondOnce, { reporters: [], onViolation: ({ kind }) => kinds.push(kind) })
      inner.get('/inner', twice as never)
      inner.register(async (nested) => {
        nested.get('/nested', twice as never)
      })
    })
    app.get('/outer', twice as never)
    app.get('/lifecycle', (_request, reply) => reply.send(String(reply.lifecycle)))
    await app.inject('/outer')
    expect(kinds).toEqual([])
    expect((await app.inject('/lifecycle')).body).toBe('undefined')
    await app.inject('/inner')
    await app.inject('/nested')
    expect(kinds).toEqual(['double-response', 'double-response'])
  })

  it('warns where it is registered twice, and guards once', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    onTestFinished(() => warned.mockRestore())
    const { app, violations } = await guarded(fastify)
    await app.register(async (inner) => {
      await inner.register(respondOnce, { reporters: [] })
      inner.get('/', (_request, reply) => {
        reply.send('one')
        reply.send('two')
      })
    })
    await app.inject('/')
    expect(warned.mock.calls.map(([, options]) => options)).toContainEqual({ code: 'RESPOND_ONCE_INSTALLED_TWICE' })
    expect(kindsOf(violations)).toEqual(['double-response suppress missing-return'])
  })

  it('leaves the application as it is where it is switched off', async () => {
    const { app, violations } = await guarded(fastify, { enabled: false })
    app.get('/', (_request, reply) => {
      reply.send(String('lifecycle' in reply))
      reply.send('two')
    })
    expect((await app.inject('/')).body).toBe('false')
    expect(violations).toEqual([])
  })
})
