import Router from '@koa/router'
import type { Context } from 'koa'
import type { KoaPrograms } from '../../frameworks/koa.ts'
import { findUser } from '../shop.ts'

const users: Readonly<Record<string, { readonly name: string }>> = { 1: { name: 'Ada' } }

export const programs: KoaPrograms = {
  'end-twice-with-text'(app) {
    app.use((ctx) => {
      ctx.status = 200
      ctx.res.end('one') // @first
      ctx.res.end('two') // @second
    })
  },

  'write-head-twice'(app) {
    app.use((ctx) => {
      ctx.res.writeHead(200, { 'Content-Type': 'text/plain' }) // @first
      ctx.res.writeHead(500) // @second
      ctx.res.end('ok')
    })
  },

  'end-then-body'(app) {
    app.use((ctx) => {
      ctx.status = 200
      ctx.res.end('raw') // @first
      ctx.body = { ok: true } // @second
    })
  },

  'end-then-body-outside'(app) {
    app.use(async (ctx, next) => {
      await next()
      ctx.body = { wrapped: true } // @second
    })
    app.use((ctx) => {
      ctx.status = 200
      ctx.res.end('raw') // @first
    })
  },

  'end-then-redirect'(app) {
    app.use((ctx) => {
      ctx.status = 200
      ctx.res.end('raw') // @first
      ctx.redirect('/elsewhere') // @second
    })
  },

  'refusal-falls-through'(app) {
    const router = new Router()
    router.get('/users/:id', (ctx) => {
      const user = users[String(ctx.params.id)]
      if (!user) {
        ctx.status = 404
        ctx.body = { error: 'no such user' } // @first
      }
      ctx.body = { user } // @second
    })
    app.use(router.routes())
  },

  'refusal-falls-through-async'(app) {
    const router = new Router()
    router.get('/users/:id', async (ctx) => {
      const user = await findUser(String(ctx.params.id))
      if (!user) {
        ctx.status = 404
        ctx.body = { error: 'no such user' } // @first
      }
      ctx.body = { user } // @second
    })
    app.use(router.routes())
  },

  'refusal-falls-through-after-await'(app) {
    app.use(async (ctx) => {
      if (!ctx.get('Authorization')) {
        ctx.status = 401
        ctx.body = { error: 'who are you?' } // @first
      }
      const user = await findUser('1')
      ctx.status = 200
      ctx.set('X-User', String(user?.id))
      ctx.body = { secret: user?.name } // @second
    })
  },

  'refusal-by-later-status'(app) {
    app.use((ctx) => {
      if (!ctx.get('Authorization')) {
        ctx.body = { error: 'who are you?' } // @first
        ctx.status = 401
      }
      ctx.status = 200
      ctx.body = { secret: 42 } // @second
    })
  },

  'redirect-falls-through'(app) {
    app.use((ctx) => {
      if (!ctx.get('Cookie')) ctx.redirect('/login') // @first
      ctx.body = { secret: 42 } // @second
    })
  },

  'refusals-fall-through'(app) {
    app.use((ctx) => {
      const { q, limit } = ctx.query
      if (!q) {
        ctx.status = 400
        ctx.body = 'q is missing' // @first
      }
      if (!limit) {
        ctx.status = 400
        ctx.body = 'limit is missing' // @second
      }
    })
  },

  'refusal-falls-through-switch'(app) {
    app.use((ctx) => {
      switch (ctx.path) {
        // biome-ignore lint/suspicious/noFallthroughSwitchClause: it is the mistake
        case '/export/secret':
          ctx.status = 403
          ctx.body = 'not for you' // @first
        default:
          ctx.body = 'id,name' // @second
      }
    })
  },

  'refusal-in-helper'(app) {
    const respond = (ctx: Context) => {
      if (!ctx.get('Authorization')) {
        ctx.status = 401
        ctx.body = { error: 'who are you?' } // @first
      }
      ctx.body = { secret: 42 } // @second
    }
    app.use((ctx) => respond(ctx as never))
  },
}
