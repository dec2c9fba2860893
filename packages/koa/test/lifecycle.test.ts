import type Koa from 'koa'
import { describe, expect, it, vi } from 'vitest'
import { lineOf } from '../../core/test/places.ts'
import { detach, type Lifecycle } from '../src/index.ts'
import { afterwards, guarded } from './serve.ts'
import { VERSIONS } from './versions.ts'

const at = (text: string) => lineOf(import.meta.url, text)

describe.each(VERSIONS)('the life of a response in $name', ({ Koa }) => {
  it('is at ctx.lifecycle, live', async () => {
    const states: unknown[] = []
    let kept: Lifecycle | undefined
    const { ask } = await guarded(Koa, (app) => {
      app.use((ctx) => {
        kept = ctx.lifecycle
        states.push([kept?.state, kept?.respondedBy, kept?.hijacked, kept?.outcome])
        ctx.set('X-A', '1')
        states.push(kept?.state)
        ctx.body = 'staged' // answers
        states.push([kept?.state, kept?.respondedBy])
      })
    })
    for (let time = 0; time < 2; time++) {
      await ask('/')
      await vi.waitFor(() => expect(kept?.outcome).toBe('completed'))
      expect(states.splice(0)).toEqual([['idle', null, false, undefined], 'headers-set', ['headers-set', null]])
      expect(kept).toMatchObject({ state: 'finished', respondedBy: { operation: 'ctx.body', statusCode: 200 } })
      expect(kept?.respondedBy?.site?.line).toBe(at('// answers'))
    }
  })

  it('says who answered where nobody of the application did', async () => {
    const kept: (Lifecycle | undefined)[] = []
    const { ask } = await guarded(Koa, (app) => {
      app.use((ctx) => {
        kept.push(ctx.lifecycle)
        if (ctx.path === '/throws') throw new Error('no') // throws
      })
    })
    await ask('/nobody')
    await ask('/throws')
    expect(kept[0]?.respondedBy).toMatchObject({ operation: 'koa', statusCode: 404 })
    expect(kept[1]?.respondedBy).toMatchObject({ operation: 'throw', statusCode: 500 })
    expect(kept[1]?.respondedBy?.site?.line).toBe(at('// throws'))
  })

  it('knows who has taken the answer from Koa, and who has given it back', async () => {
    const hijacked: unknown[] = []
    const { ask } = await guarded(Koa, (app) => {
      app.use((ctx) => {
        ctx.respond = false
        hijacked.push(ctx.lifecycle?.hijacked)
        if (ctx.path === '/back') ctx.respond = true
        hijacked.push(ctx.lifecycle?.hijacked)
        if (ctx.path !== '/back') ctx.res.end('raw')
      })
    })
    await ask('/raw')
    await ask('/back')
    expect(hijacked).toEqual([true, true, true, false])
  })

  it('is not judged any more once it is detached', async () => {
    const { ask, violations } = await guarded(Koa, (app) => {
      app.use((ctx: Koa.Context) => {
        detach(ctx.res)
        ctx.body = 'first'
        setTimeout(() => {
          ctx.body = 'second'
        }, 2)
      })
    })
    expect(await ask('/')).toMatchObject({ body: 'first' })
    await afterwards()
    expect(violations).toEqual([])
  })
})
