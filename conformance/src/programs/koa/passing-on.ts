import Router from '@koa/router'
import type { Context } from 'koa'
import mount from 'koa-mount'
import type { KoaPrograms } from '../../frameworks/koa.ts'
import { findUser, isKnown, saveAudit } from '../shop.ts'

export const programs: KoaPrograms = {
  'next-twice-awaited'(app) {
    app.use(async (_ctx, next) => {
      await next() // @first
      await next() // @second
    })
    app.use(async (ctx) => {
      const user = await findUser('1')
      ctx.body = { user }
    })
  },

  'next-twice-unawaited'(app) {
    app.use(async (_ctx, next) => {
      const done = next() // @first
      next() // @second
      await done
    })
    app.use(async (ctx) => {
      const user = await findUser('1')
      ctx.body = { user }
    })
  },

  'next-twice-in-router'(app) {
    const router = new Router()
    router.get(
      '/users/:id',
      async (_ctx, next) => {
        await next() // @first
        await next() // @second
      },
      async (ctx) => {
        ctx.body = { user: await findUser(String(ctx.params.id)) }
      },
    )
    app.use(router.routes())
  },

  'next-twice-in-mount'(app) {
    app.use(
      mount('/admin', [
        async (_ctx: unknown, next: () => Promise<void>) => {
          await next()
          await next() // @second
        },
        async (ctx: Context) => {
          ctx.body = { user: await findUser('1') }
        },
      ] as never),
    )
  },

  'next-twice-around-check'(app, { note }) {
    app.use(async (ctx, next) => {
      if (ctx.path.startsWith('/admin')) await next() // @first
      await next() // @second
    })
    app.use(async (ctx, next) => {
      if (await isKnown(ctx.get('Authorization'))) return next()
      ctx.status = 401
      ctx.body = { error: 'who are you?' }
    })
    app.use((ctx) => {
      note('protected handler ran')
      ctx.body = { secret: 42 }
    })
  },

  'throw-after-send'(app) {
    app.use((ctx) => {
      ctx.status = 201
      ctx.res.end('{"ok":true}') // @first
      ctx.throw(500, 'mail refused') // @second
    })
  },

  'throw-after-send-async'(app) {
    app.use(async (ctx) => {
      ctx.status = 201
      ctx.res.end('{"ok":true}') // @first
      await saveAudit()
      throw new Error('mail refused') // @second
    })
  },

  'duplicate-catch'(app) {
    const notify = () => {
      throw new Error('mail refused')
    }
    app.use((ctx) => {
      try {
        ctx.status = 201
        ctx.res.end('{"ok":true}') // @first
        notify()
      } catch {
        ctx.status = 500
        ctx.body = { error: 'could not order' } // @second
      }
    })
  },

  'duplicate-catch-async'(app) {
    const notify = () => Promise.reject(new Error('mail refused'))
    app.use(async (ctx) => {
      try {
        ctx.status = 201
        ctx.res.end('{"ok":true}') // @first
        await notify()
      } catch {
        ctx.status = 500
        ctx.body = { error: 'could not order' } // @second
      }
    })
  },
}
