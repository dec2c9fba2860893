import { inspect } from 'node:util'
import type Koa from 'koa'
import { describe, expect, it } from 'vitest'
import { respondOnce } from '../src/index.ts'
import { keeping, serve, silent } from './serve.ts'
import { VERSIONS } from './versions.ts'

type Play = (ctx: Koa.Context, next: Koa.Next) => unknown

/** What a call came to. */
function outcome(call: () => unknown): unknown {
  try {
    const value = call()
    return typeof value === 'object' && value !== null ? inspect(value) : (value ?? String(value))
  } catch (error) {
    return `throws ${(error as Error).name}: ${(error as Error).message}`
  }
}

/** Every member that Koa lets an application change, as it is used. */
const CALLS: readonly (readonly [name: string, call: Play])[] = [
  ['body of text', (ctx) => (ctx.body = 'größe')],
  ['body of html', (ctx) => (ctx.body = ' <p>')],
  ['body of a buffer', (ctx) => (ctx.body = Buffer.from([0, 255]))],
  ['body of an object', (ctx) => (ctx.body = { n: 1 })],
  ['body of null', (ctx) => (ctx.body = null)],
  ['body of undefined', (ctx) => (ctx.body = undefined)],
  ['body by response', (ctx) => (ctx.response.body = 'x')],
  ['status', (ctx) => (ctx.status = 201)],
  ['a bad status', (ctx) => (ctx.status = 'x' as never)],
  ['status of no body', (ctx) => (ctx.status = 204)],
  ['message', (ctx) => (ctx.message = 'Fine')],
  ['set', (ctx) => ctx.set('X-A', 'a')],
  ['set of many', (ctx) => ctx.set({ 'X-A': 'a', 'X-B': 'b' })],
  ['set of a list', (ctx) => ctx.set('X-A', ['a', 'b'])],
  ['set of a bad value', (ctx) => ctx.set('X-A', 'a\n')],
  ['append', (ctx) => ctx.append('Link', '<a>')],
  ['remove', (ctx) => ctx.remove('X-A')],
  ['type', (ctx) => (ctx.type = 'png')],
  ['length', (ctx) => (ctx.length = 0)],
  ['etag', (ctx) => (ctx.etag = 'v1')],
  ['lastModified', (ctx) => (ctx.lastModified = new Date(0))],
  ['vary', (ctx) => ctx.vary('Origin')],
  ['attachment', (ctx) => ctx.attachment('a.txt')],
  ['redirect', (ctx) => ctx.redirect('/x?ö')],
  ['flushHeaders', (ctx) => ctx.flushHeaders()],
  ['cookies', (ctx) => ctx.cookies.set('a', 'b') && undefined],
  ['throw', (ctx) => ctx.throw(418, 'teapot')],
  ['assert', (ctx) => ctx.assert(false, 402, 'pay')],
  [
    'respond',
    (ctx) => {
      const before = ctx.respond
      ctx.respond = true
      return [before, ctx.respond, Object.keys(ctx).includes('respond')]
    },
  ],
  ['inspect', (ctx) => inspect(ctx)],
  ['inspect of the response', (ctx) => inspect(ctx.response)],
  ['JSON', (ctx) => JSON.stringify(ctx)],
  ['own keys', (ctx) => Reflect.ownKeys(ctx).map(String)],
  ['own keys of the response', (ctx) => Reflect.ownKeys(ctx.response).map(String)],
  [
    'all keys',
    (ctx) => {
      const keys: string[] = []
      for (const key in ctx) keys.push(key)
      return keys.sort()
    },
  ],
  [
    'members',
    (ctx) =>
      ['set', 'remove', 'vary', 'redirect', 'onerror'].map((key) => {
        const { name, length } = ctx[key as 'set'] as (...args: never[]) => unknown
        return [name, length]
      }),
  ],
  ['next', (_ctx, next) => [next.name, next.length, String(next() instanceof Promise)]],
  ['writable', (ctx) => [ctx.writable, ctx.headerSent]],
]

describe.each(VERSIONS)('what the guard leaves as it is in $name', ({ Koa }) => {
  /** Bytes and outcomes of one exchange, of which the second request is the usual one. */
  async function play(call: Play, isGuarded: boolean) {
    const { options, violations } = keeping({ policy: 'strict' })
    const app = silent(Koa)
    const outcomes: unknown[] = []
    app.on('error', (error) => outcomes.push(`error ${error.message}`))
    if (isGuarded) app.use(respondOnce(options))
    app.use((ctx, next) => void outcomes.push(outcome(() => call(ctx, next))))
    const ask = await serve(app.callback())
    const replies = []
    for (let time = 0; time < 2; time++) {
      const { status, headers, body, ended } = await ask('/', { headers: { Host: 'shop.example', Referer: '/from' } })
      replies.push({ status, headers: { ...headers, date: '' }, body, ended })
    }
    return { replies, outcomes, violations }
  }

  it.each(CALLS)('%s', async (_name, call) => {
    const { violations, ...with_ } = await play(call, true)
    const { violations: _, ...without } = await play(call, false)
    expect(with_).toEqual(without)
    expect(violations).toEqual([])
  })

  it('the order in which middleware and microtasks run', async () => {
    const run = async (isGuarded: boolean) => {
      const steps: string[] = []
      const step = (name: string) => void steps.push(name)
      const app = silent(Koa)
      if (isGuarded) app.use(respondOnce(keeping().options))
      app.use(async (_ctx, next) => {
        step('outer')
        const done = next().then(() => step('outer then'))
        queueMicrotask(() => step('microtask'))
        await done
        step('outer done')
      })
      app.use((_ctx, next) => {
        step('inner')
        return next()
      })
      app.use(async (ctx) => {
        step('handler')
        await null
        step('handler later')
        ctx.body = 'ok'
        ctx.res.once('finish', () => step('finish'))
      })
      const ask = await serve(app.callback())
      await ask('/')
      await ask('/')
      return steps
    }
    expect(await run(true)).toEqual(await run(false))
  })

  it('what next() returns: the very promise of what follows', async () => {
    const seen: unknown[] = []
    const app = silent(Koa)
    app.use(respondOnce(keeping().options))
    const promise = Promise.resolve('value')
    app.use((_ctx, next) => {
      const returned = next()
      seen.push(returned === promise)
      return returned
    })
    app.use(() => promise)
    const ask = await serve(app.callback())
    await ask('/')
    expect(seen).toEqual([true])
  })
})
