import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { afterwards, guarded } from './serve.ts'
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
