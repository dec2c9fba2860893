import Router from '@koa/router'
import bodyParser from 'koa-bodyparser'
import compress from 'koa-compress'
import conditional from 'koa-conditional-get'
import etag from 'koa-etag'
import mount from 'koa-mount'
import session from 'koa-session'
import serve from 'koa-static'
import type { KoaPrograms } from '../../frameworks/koa.ts'

const files = `${import.meta.dirname}/../../../fixtures`

export const programs: KoaPrograms = {
  'koa-compress'(app) {
    app.use(compress({ threshold: 0 }))
    app.use((ctx) => {
      ctx.body = { rows: 'row '.repeat(500) }
    })
  },

  'koa-compress-outside': {
    installsGuard(app, { installGuard }) {
      app.use(compress({ threshold: 0 }))
      installGuard(app)
      app.use((ctx) => {
        ctx.body = 'row '.repeat(500)
      })
    },
  },

  'koa-session'(app) {
    app.keys = ['key']
    // An expiry would make each run's cookie another one.
    app.use(session({ maxAge: 'session' }, app as never))
    app.use((ctx) => {
      const views = ((ctx.session as { views?: number }).views ?? 0) + 1
      Object.assign(ctx.session as object, { views })
      ctx.body = { views }
    })
  },

  'koa-static'(app) {
    app.use(serve(files))
  },

  'koa-static-miss'(app) {
    app.use(serve(files))
    app.use((ctx) => {
      ctx.status = 404
      ctx.body = 'no such page'
    })
  },

  'koa-conditional-get'(app) {
    app.use(conditional())
    app.use(etag())
    app.use(serve(files))
  },

  'koa-etag-fresh'(app) {
    app.use(conditional())
    app.use(etag())
    app.use((ctx) => {
      ctx.body = 'hello'
    })
  },

  'koa-mount'(app, { Koa }) {
    const blog = new Koa()
    const posts = new Router()
    posts.get('/posts/:id', (ctx) => {
      ctx.body = { post: ctx.params.id }
    })
    blog.use(posts.routes())
    app.use(mount('/blog', blog))
    app.use((ctx) => {
      ctx.body = 'elsewhere'
    })
  },

  'koa-guard-in-mounted-app': {
    installsGuard(app, { Koa, installGuard }) {
      const blog = new Koa()
      installGuard(blog as never)
      blog.use((ctx) => {
        ctx.body = 'mounted'
      })
      app.use(async (ctx, next) => {
        await next()
        ctx.body = `<${ctx.body}>`
      })
      app.use(mount('/blog', blog))
    },
  },

  'koa-bodyparser'(app) {
    app.use(bodyParser())
    app.use((ctx) => {
      ctx.body = ctx.request.body
    })
  },

  'koa-bodyparser-broken'(app) {
    app.use(bodyParser())
    app.use((ctx) => {
      ctx.body = ctx.request.body
    })
  },
}
