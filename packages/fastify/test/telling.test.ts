import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { respondOnce, type Violation } from '../src/index.ts'
import { guarded } from './guarded.ts'
import { versions } from './versions.ts'

interface Line {
  readonly level: number
  readonly reqId?: string
  readonly tenant?: string
  readonly code?: string
  readonly violation?: Violation
  readonly err?: { readonly message: string }
  readonly msg?: string
}

function logger() {
  const lines: Line[] = []
  const stream = { write: (text: string) => void lines.push(JSON.parse(text)) }
  return { lines, options: { logger: { level: 'warn', stream } } }
}

describe.each(versions)('%s', (_name, fastify) => {
  it("tells a violation in the request's log, with its bindings", async () => {
    const { lines, options } = logger()
    const { app, violations } = await guarded(fastify, {}, options)
    app.addHook('onRequest', async (request, reply) => {
      const log = request.log.child({ tenant: 'acme' })
      Object.assign(request, { log })
      Object.assign(reply, { log })
    })
    app.get('/users/:id', (_request, reply) => {
      reply.send('one')
      reply.send('two')
    })
    await app.inject('/users/7?token=hush')
    const told = lines.filter(({ code }) => code === 'RESPOND_ONCE_DOUBLE_RESPONSE')
    expect(told).toEqual([
      expect.objectContaining({ level: 40, reqId: 'req-1', tenant: 'acme', msg: violations[0]?.message }),
    ])
    expect(told[0]?.violation).toEqual(JSON.parse(JSON.stringify(violations[0])))
    expect(JSON.stringify(told)).not.toContain('hush')
  })

  it('tells it nowhere else where there is a logger, and on stderr where there is none', async () => {
    const written = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
    onTestFinished(() => written.mockRestore())
    for (const options of [logger().options, {}]) {
      const app = fastify(options)
      onTestFinished(() => app.close())
      await app.register(respondOnce)
      app.get('/', (_request, reply) => {
        reply.send('one')
        reply.send('two')
      })
      await app.inject('/')
    }
    const told = written.mock.calls.filter(([text]) => String(text).includes('double-response'))
    expect(told).toHaveLength(1)
  })

  it('logs an error after the response, which its error handler does not see', async () => {
    const { lines, options } = logger()
    const { app } = await guarded(fastify, {}, options)
    let handled = 0
    app.setErrorHandler(() => {
      handled++
    })
    app.get('/', async (_request, reply) => {
      reply.send('one')
      throw new Error('mail refused')
    })
    expect((await app.inject('/')).body).toBe('one')
    expect(handled).toBe(0)
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 50, err: expect.objectContaining({ message: 'mail refused' }) }),
    )
  })
})
