import Router from '@koa/router'
import type { KoaPrograms } from '../../frameworks/koa.ts'

export const programs: KoaPrograms = {
  'late-set'(app) {
    app.use((ctx) => {
      ctx.status = 200
      ctx.res.end('ok') // @first
      ctx.set('X-Request-Id', '7') // @second
    })
  },

  'late-cookie'(app) {
    app.use((ctx) => {
      ctx.status = 200
      ctx.res.end('ok') // @first
      ctx.cookies.set('seen', '1') // @second
    })
  },

  'late-set-header'(app) {
    app.use((ctx) => {
      ctx.status = 200
      ctx.res.end('ok') // @first
      ctx.res.setHeader('X-Request-Id', '7') // @second
    })
  },

  'late-append'(app) {
    app.use((ctx) => {
      ctx.status = 200
      ctx.res.end('ok') // @first
      ctx.append('Link', '</style.css>; rel=preload') // @second
    })
  },

  'late-remove-header'(app) {
    app.use((ctx) => {
      ctx.set('X-Powered-By', 'koa')
      ctx.status = 200
      ctx.res.end('ok') // @first
      ctx.remove('X-Powered-By') // @second
    })
  },

  'late-set-in-timer'(app) {
    app.use((ctx) => {
      setTimeout(() => {
        ctx.set('X-Late', '1') // @second
      }, 10)
      ctx.body = 'ok' // @first
    })
  },

  'late-set-after-next'(app) {
    app.use(async (ctx, next) => {
      const started = performance.now()
      await next()
      ctx.set('X-Took', `${performance.now() - started}`) // @second
    })
    app.use((ctx) => {
      ctx.status = 200
      ctx.res.end('ok') // @first
    })
  },

  'late-status'(app, { note }) {
    app.use((ctx) => {
      ctx.res.on('finish', () => note(`logged ${ctx.status}`))
      ctx.status = 200
      ctx.res.end('ok') // @first
      ctx.status = 500 // @second
    })
  },

  'late-status-code'(app, { note }) {
    app.use((ctx) => {
      ctx.res.on('finish', () => note(`logged ${ctx.status}`))
      ctx.status = 200
      ctx.res.end('ok') // @first
      ctx.res.statusCode = 404 // @second
    })
  },

  'late-status-message'(app, { note }) {
    app.use((ctx) => {
      ctx.res.on('finish', () => note(`logged ${ctx.message}`))
      ctx.status = 200
      ctx.res.end('ok') // @first
      ctx.message = 'Fine' // @second
    })
  },

  'late-status-after-next'(app) {
    app.use(async (ctx, next) => {
      await next()
      ctx.status = 418 // @second
    })
    app.use((ctx) => {
      ctx.status = 200
      ctx.res.end('ok') // @first
    })
  },

  'late-type'(app) {
    app.use((ctx) => {
      setTimeout(() => {
        ctx.type = 'text/html' // @second
      }, 10)
      ctx.body = 'ok' // @first
    })
  },

  'late-length'(app) {
    app.use((ctx) => {
      setTimeout(() => {
        ctx.length = 7 // @second
      }, 10)
      ctx.body = 'ok' // @first
    })
  },

  'late-etag'(app) {
    app.use((ctx) => {
      setTimeout(() => {
        ctx.etag = 'v1' // @second
      }, 10)
      ctx.body = 'ok' // @first
    })
  },

  'late-last-modified'(app) {
    app.use((ctx) => {
      setTimeout(() => {
        ctx.lastModified = new Date(0) // @second
      }, 10)
      ctx.body = 'ok' // @first
    })
  },

  'late-attachment'(app) {
    app.use((ctx) => {
      setTimeout(() => {
        ctx.attachment('report.txt') // @second
      }, 10)
      ctx.body = 'ok' // @first
    })
  },

  'late-vary'(app) {
    app.use((ctx) => {
      setTimeout(() => {
        ctx.vary('Origin') // @second
      }, 10)
      ctx.body = 'ok' // @first
    })
  },

  'length-too-long'(app) {
    app.use((ctx) => {
      ctx.respond = false
      ctx.res.writeHead(200, { 'Content-Length': '3' })
      ctx.res.end('hello')
    })
  },

  'length-too-short'(app) {
    app.use((ctx) => {
      ctx.body = 'hello'
      ctx.length = 10
    })
  },

  'body-on-204'(app) {
    app.use((ctx) => {
      ctx.status = 204
      ctx.body = { deleted: true } // @second
    })
  },

  'hijacked-and-forgotten'(app) {
    const router = new Router()
    router.get('/users/:id', (ctx) => {
      ctx.respond = false
    })
    app.use(router.routes())
  },

  'answers-after-hang-up'(app) {
    app.use(async (ctx) => {
      await new Promise((resolve) => ctx.res.once('close', () => setTimeout(resolve, 5)))
      ctx.body = { found: 3 } // @second
    })
  },
}
