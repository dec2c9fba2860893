import { createServer } from 'node:http'
import { PassThrough, Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import Router from '@koa/router'
import type { KoaPrograms } from '../../frameworks/koa.ts'
import { findUser, isKnown } from '../shop.ts'

const page = { name: 'page' }

export const programs: KoaPrograms = {
  'plain-json'(app) {
    app.use(async (ctx) => {
      ctx.body = await findUser('1')
    })
  },

  'not-found'() {},

  'nobody-answers'(app) {
    app.use(async (_ctx, next) => {
      await next()
    })
  },

  'koa-head'(app) {
    app.use((ctx) => {
      ctx.body = 'hello'
    })
  },

  'koa-empty-bodies'(app) {
    app.use((ctx) => {
      ctx.body = 'something'
      ctx.body = null
    })
  },

  'koa-status-204'(app) {
    app.use((ctx) => {
      ctx.body = 'something'
      ctx.status = 204
    })
  },

  'koa-redirect'(app) {
    app.use((ctx) => {
      ctx.redirect('/new?x=1')
    })
  },

  'koa-redirect-worded'(app) {
    app.use((ctx) => {
      ctx.status = 301
      ctx.redirect('/cart')
      ctx.body = 'Redirecting to shopping cart'
    })
  },

  'koa-body-wrapped'(app) {
    app.use(async (ctx, next) => {
      await next()
      ctx.body = { status: ctx.status, value: ctx.body }
    })
    app.use((ctx) => {
      ctx.status = 404
      ctx.body = 'no such thing'
    })
  },

  'koa-body-replaced'(app) {
    app.use(async (ctx, next) => {
      await next()
      if (ctx.status >= 400) ctx.body = { error: ctx.message }
    })
    app.use((ctx) => {
      ctx.status = 403
      ctx.body = 'secret reason'
    })
  },

  'koa-default-overridden-downstream'(app) {
    app.use(async (ctx, next) => {
      ctx.status = 404
      ctx.body = 'nothing here'
      await next()
    })
    app.use((ctx) => {
      ctx.status = 200
      ctx.body = 'found'
    })
  },

  'koa-default-overridden-after-next'(app) {
    app.use(async (ctx, next) => {
      ctx.status = 404
      ctx.body = 'nothing here'
      await next()
      ctx.status = 200
      ctx.body = 'found after all'
    })
  },

  'koa-default-then-condition'(app) {
    app.use(async (ctx) => {
      ctx.status = 404
      ctx.body = { error: 'no such user' }
      const user = await findUser('1')
      if (user) {
        ctx.status = 200
        ctx.body = user
      }
    })
  },

  'koa-default-then-condition-unbraced'(app) {
    app.use((ctx) => {
      ctx.status = 403
      ctx.body = 'no'
      if (ctx.path !== '/') ctx.status = 404
      else ctx.body = 'yes'
    })
  },

  'koa-answer-then-refusal'(app) {
    app.use((ctx) => {
      if (ctx.path === '/') {
        ctx.body = 'cached'
      }
      if (ctx.get('Cache-Control') === 'no-cache') {
        ctx.status = 410
        ctx.body = 'gone'
      }
    })
  },

  'koa-error-page'(app) {
    app.use(async (ctx, next) => {
      try {
        await next()
      } catch (error) {
        ctx.status = 503
        ctx.body = { error: (error as Error).message }
      }
    })
    app.use((ctx) => {
      ctx.body = 'half of it'
      throw new Error('no database')
    })
  },

  'koa-error-page-same-function'(app) {
    app.use(async (ctx) => {
      try {
        ctx.status = 402
        ctx.body = 'to be paid'
        await Promise.reject(new Error('no database'))
      } catch (error) {
        ctx.status = 500
        ctx.body = { error: (error as Error).message }
      }
    })
  },

  'koa-throw'(app) {
    app.use((ctx) => {
      ctx.set('X-Gone', '1')
      ctx.throw(418, 'short and stout', { headers: { 'X-Kept': '1' } })
    })
  },

  'koa-throw-unexpected'(app, { note }) {
    app.on('error', (error) => note(error.message))
    app.use(async () => {
      await pause(2)
      throw new Error('no database')
    })
  },

  'koa-json-fails'(app) {
    app.use((ctx) => {
      const circular: Record<string, unknown> = {}
      circular.self = circular
      ctx.body = circular
    })
  },

  'koa-event-stream'(app) {
    app.use((ctx) => {
      const events = new PassThrough()
      ctx.type = 'text/event-stream'
      ctx.status = 200
      ctx.flushHeaders()
      ctx.body = events
      events.write('data: 1\n\n')
      setTimeout(() => events.end('data: 2\n\n'), 10)
    })
  },

  'koa-stream'(app) {
    app.use((ctx) => {
      ctx.type = 'text/plain'
      ctx.body = Readable.from(['one ', 'two'])
    })
  },

  'koa-stream-replaced'(app) {
    app.use(async (ctx, next) => {
      await next()
      ctx.body = (ctx.body as Readable).pipe(new PassThrough())
    })
    app.use((ctx) => {
      ctx.body = Readable.from(['one ', 'two'])
    })
  },

  'koa-head-then-body'(app) {
    app.use((ctx) => {
      ctx.res.writeHead(203, { 'X-Raw': '1' })
      ctx.body = 'the body'
    })
  },

  'koa-respond-false'(app) {
    app.use(async (ctx, next) => {
      await next()
      ctx.set('X-Took', '1')
      ctx.status = 500
      ctx.body = 'ignored'
    })
    app.use(async (ctx) => {
      ctx.respond = false
      await pause(5)
      ctx.res.writeHead(200, { 'Content-Type': 'text/plain' })
      ctx.res.end('by hand')
    })
  },

  'koa-respond-false-proxy'(app) {
    const upstream = createServer((_req, res) => res.end('from upstream')).listen(0)
    upstream.unref()
    app.use(async (ctx) => {
      ctx.respond = false
      const { port } = upstream.address() as { port: number }
      const answer = await fetch(`http://127.0.0.1:${port}`)
      ctx.res.statusCode = answer.status
      ctx.res.end(await answer.text())
    })
  },

  'koa-respond-given-back'(app) {
    app.use((ctx) => {
      ctx.respond = false
      ctx.respond = true
      ctx.body = `${ctx.respond} ${Object.keys(ctx).includes('respond')}`
    })
  },

  'koa-reads-respond'(app) {
    app.use(async (ctx, next) => {
      if (ctx.respond === false || !ctx.writable) return
      ctx.body = 'default'
      await next()
    })
    app.use(async (ctx) => {
      await pause(2)
      if (ctx.respond === false || !ctx.writable || ctx.body === undefined || ctx.status !== 200) return
      ctx.status = 201
      ctx.set('X-Set', '1')
      ctx.body = 'made'
    })
  },

  'koa-work-after-answer'(app, { note }) {
    app.use((ctx) => {
      ctx.body = 'accepted'
      setTimeout(() => note(`${ctx.status} ${ctx.body} ${ctx.type} ${ctx.length}`), 10)
    })
  },

  'koa-async-check'(app) {
    app.use(async (ctx, next) => {
      if (await isKnown(ctx.get('Authorization'))) return next()
      return ctx.throw(401, 'who are you?')
    })
    app.use((ctx) => {
      ctx.body = 'secret'
    })
  },

  'koa-next-in-sync-middleware'(app) {
    app.use((_ctx, next) => next())
    app.use((_ctx, next) => {
      next()
    })
    app.use((ctx) => {
      ctx.body = 'at once'
    })
  },

  'koa-router-nested'(app) {
    const items = new Router({ prefix: '/items' })
    items.get('/:item', (ctx) => {
      ctx.body = ctx.params
    })
    const shops = new Router()
    shops.use('/shops/:shop', items.routes(), items.allowedMethods())
    app.use(shops.routes())
  },

  'koa-router-405'(app) {
    const router = new Router()
    router.get('/thing', (ctx) => {
      ctx.body = 'thing'
    })
    app.use(router.routes()).use(router.allowedMethods())
  },

  'koa-router-param'(app) {
    const router = new Router()
    router.param('id', async (id, ctx, next) => {
      ctx.state.user = await findUser(id)
      return next()
    })
    router.get('/users/:id', (ctx) => {
      ctx.body = ctx.state.user
    })
    app.use(router.routes())
  },

  'koa-body-built-up'(app) {
    app.use(async (ctx) => {
      ctx.status = 400
      ctx.body = { errors: ['a'] }
      ctx.body = { errors: [...(ctx.body as { errors: string[] }).errors, 'b'] }
    })
  },

  'koa-keep-alive'(app) {
    let served = 0
    app.use((ctx) => {
      served++
      ctx.body = { served, page }
    })
  },

  'koa-leaves-early': (app, { note }) => {
    app.use(async (ctx) => {
      await new Promise((resolve) => ctx.res.once('close', () => setTimeout(resolve, 5)))
      ctx.body = 'too late'
      note('closed')
    })
  },
}
