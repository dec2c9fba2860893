import type { KoaPrograms } from '../../frameworks/koa.ts'

export const programs: KoaPrograms = {
  'koa-web-stream'(app) {
    app.use((ctx) => {
      ctx.type = 'text/plain'
      ctx.body = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('one '))
          setTimeout(() => {
            controller.enqueue(new TextEncoder().encode('two'))
            controller.close()
          }, 5)
        },
      })
    })
  },

  'koa-web-response'(app) {
    app.use((ctx) => {
      ctx.body = new Response('from elsewhere', { status: 203, headers: { 'X-Web': '1' } })
    })
  },

  'koa-blob'(app) {
    app.use((ctx) => {
      ctx.type = 'text/plain'
      ctx.body = new Blob(['in a blob'])
    })
  },

  'koa-async-local-storage': (app, { Koa }) => {
    const stored = new Koa({ asyncLocalStorage: true })
    stored.use((ctx) => {
      ctx.body = String(stored.currentContext === ctx)
    })
    const callback = stored.callback()
    app.use((ctx) => {
      ctx.respond = false
      return callback(ctx.req, ctx.res)
    })
  },
}
