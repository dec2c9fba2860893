import { describe, expect, it } from 'vitest'
import { afterwards, guarded } from './serve.ts'
import { VERSIONS } from './versions.ts'

// A hint says what to write in the words of the framework.

describe.each(VERSIONS)('hints in $name', ({ Koa }) => {
  it("speak of Koa's own members", async () => {
    const { ask, violations } = await guarded(Koa, (app) => {
      app.use((ctx) => {
        if (ctx.path === '/later') {
          setTimeout(() => {
            ctx.body = 'again'
          }, 2)
          ctx.body = 'once'
          return
        }
        try {
          ctx.status = 200
          ctx.res.end('once')
          throw new Error('after it')
        } catch {
          ctx.body = 'again'
        }
      })
    })
    for (const path of ['/later', '/caught']) await ask(path)
    await afterwards()
    expect(
      violations.map(({ cause, hint }) => [cause, /check `[^`]*`.*/.exec(hint)?.[0].replace(/ `ctx\.body.*/, '')]),
    ).toEqual([
      ['late-callback', 'check `ctx.headerSent` before the later one'],
      ['duplicate-catch', 'check `ctx.headerSent` in the catch'],
    ])
  })

  it('name the middleware that was begun last where nobody answers', async () => {
    const rules = { 'no-response': ['report', { afterMs: 30 }] } as const
    const { ask, violations } = await guarded(
      Koa,
      (app) => {
        app.use((_ctx, next) => next())
        app.use(async function findUser() {
          await new Promise(() => {})
        })
      },
      { policy: { rules } },
    )
    await ask('/x', { patienceMs: 200 })
    await afterwards()
    expect(violations).toMatchObject([{ kind: 'no-response', second: { operation: 'next' } }])
    expect(violations[0]?.message).toMatch(
      /^no-response on GET: last in findUser, reached by next at .*hints\.test\.ts:/,
    )
  })
})
