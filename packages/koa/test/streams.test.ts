import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { respondOnce } from '../src/index.ts'
import { afterwards, breakOff, guarded, keeping, silent } from './serve.ts'
import { VERSIONS } from './versions.ts'

/** A source that fails before its first byte. */
const broken = () =>
  new Readable({
    read() {
      this.destroy(new Error('database gone'))
    },
  })

describe.each(VERSIONS)('a body stream in $name', ({ name, Koa }) => {
  const destroys = name === 'Koa 3.3'

  it('that fails before its first byte is answered by Koa, or cut off by it, which is told', async () => {
    const { ask, violations } = await guarded(Koa, (app) => {
      app.on('error', () => {})
      app.use((ctx) => {
        ctx.body = broken()
      })
    })
    const { status, ended } = await ask('/')
    await afterwards()
    expect([status, ended]).toEqual(destroys ? [0, 'cut'] : [500, 'whole'])
    expect(violations.map(({ kind, cause, action }) => [kind, cause, action])).toEqual(
      destroys ? [['truncated-response', 'stream', 'suppress']] : [],
    )
  })

  it('that is replaced while it is staged is no answer yet', async () => {
    const { ask, violations } = await guarded(Koa, (app) => {
      app.use(async (ctx, next) => {
        await next()
        ctx.body = 'replaced'
      })
      app.use((ctx) => {
        ctx.body = Readable.from(['one', 'two'])
      })
    })
    expect(await ask('/')).toMatchObject({ status: 200, body: 'replaced', ended: 'whole' })
    expect(violations).toEqual([])
  })
})

describe.each(VERSIONS)('a client that breaks off while Koa sends in $name', ({ Koa }) => {
  it.each([
    ['a buffer', () => Buffer.alloc(8_000_000)],
    ['a text', () => 'x'.repeat(8_000_000)],
    ['a stream', () => Readable.from(Array.from({ length: 80 }, () => Buffer.alloc(100_000)))],
  ])('%s is no mistake', async (_name, body) => {
    const { violations, options } = keeping({ policy: 'strict' })
    const app = silent(Koa)
    app.use(respondOnce(options))
    // Koa listens to the socket, and passes its error on.
    const errors: unknown[] = []
    app.on('error', ({ code }) => errors.push(code))
    app.use((ctx) => {
      ctx.body = body()
    })
    await breakOff(app.callback(), '/')
    expect(errors).toContain('ECONNRESET')
    expect(violations).toEqual([])
  })
})
