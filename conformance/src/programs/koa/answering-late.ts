import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import Router from '@koa/router'
import type { KoaPrograms } from '../../frameworks/koa.ts'
import { findOrder, later, pause, saveAudit, sendMail } from '../shop.ts'

export const programs: KoaPrograms = {
  'callback-and-await'(app) {
    const router = new Router()
    router.get('/orders/:id', async (ctx) => {
      findOrder(String(ctx.params.id), (_error, order) => {
        ctx.body = order // @second
      })
      await saveAudit()
      ctx.body = { queued: true } // @first
    })
    app.use(router.routes())
  },

  'callback-after-answer'(app) {
    const router = new Router()
    router.get('/orders/:id', (ctx) => {
      findOrder(String(ctx.params.id), (error, order) => {
        if (error) ctx.status = 500
        ctx.body = order // @second
      })
      ctx.body = { queued: true } // @first
    })
    app.use(router.routes())
  },

  'end-later'(app) {
    app.use((ctx) => {
      setTimeout(() => {
        ctx.res.end('again') // @second
      }, 15)
      ctx.body = { queued: true } // @first
    })
  },

  'unawaited-promise'(app) {
    app.use((ctx) => {
      sendMail().then((state) => {
        ctx.body = { state } // @second
      })
      ctx.status = 202
      ctx.body = { state: 'queued' } // @first
    })
  },

  'unawaited-call'(app) {
    app.use(async (ctx) => {
      const answerWhenSent = async () => {
        const state = await sendMail()
        ctx.body = { state } // @second
      }
      answerWhenSent()
      ctx.status = 202
      ctx.body = { state: 'queued' } // @first
    })
  },

  'event-after-answer'(app) {
    app.use((ctx) => {
      const job = new EventEmitter()
      job.on('done', (result) => {
        ctx.body = { result } // @second
      })
      setTimeout(() => job.emit('done', 1), 15)
      ctx.body = { started: true } // @first
    })
  },

  'loop-interval'(app) {
    app.use(async (ctx) => {
      let ticks = 0
      await new Promise<void>((resolve) => {
        const interval = setInterval(() => {
          ticks++
          if (ticks === 2) clearInterval(interval)
          ctx.body = { ticks } // @first @second
          resolve()
        }, 8)
      })
    })
  },

  'timer-answers-first'(app) {
    app.use(async (ctx, next) => {
      const timer = pause(8, 'too late')
      if ((await Promise.race([next(), timer])) !== 'too late') return
      ctx.status = 503
      ctx.body = { error: 'took too long' } // @first
    })
    app.use(async (ctx) => {
      await pause(30)
      ctx.body = { found: 3 } // @second
    })
  },

  'large-callback-send'(app) {
    app.use((ctx) => {
      ctx.body = 'x'.repeat(8_000_000) // @first
      setImmediate(() => {
        ctx.body = 'again' // @second
      })
    })
  },

  'timeout-without-status'(app) {
    app.use(async (ctx, next) => {
      let late = false
      const timer = pause(8).then(() => {
        late = true
      })
      await Promise.race([next(), timer])
      if (late) ctx.body = { state: 'still working' } // @first
    })
    app.use(async (ctx) => {
      await pause(30)
      ctx.body = { found: 3 } // @second
    })
  },

  'next-not-awaited'(app) {
    app.use(async (_ctx, next) => {
      next() // @first
    })
    app.use(async (ctx) => {
      await saveAudit()
      ctx.body = { saved: true } // @second
    })
  },

  'next-not-returned'(app) {
    app.use((_ctx, next) => {
      next() // @first
    })
    app.use(async (_ctx, next) => {
      await next()
    })
    app.use(async (ctx) => {
      await saveAudit()
      ctx.status = 201
      ctx.body = { saved: true } // @second
    })
  },

  'next-not-awaited-in-router'(app) {
    const router = new Router()
    router.get(
      '/orders/:id',
      async (_ctx, next) => {
        next() // @first
      },
      async (ctx) => {
        await saveAudit()
        ctx.body = { saved: true } // @second
      },
    )
    app.use(router.routes())
  },

  'next-not-awaited-behind-body'(app) {
    app.use(async (ctx, next) => {
      ctx.body = { state: 'unknown' } // @first
      next()
    })
    app.use(async (ctx) => {
      await saveAudit()
      ctx.body = { saved: true } // @second
    })
  },

  'late-redirect'(app) {
    app.use((ctx) => {
      findOrder('7', () => {
        ctx.redirect('/orders/7') // @second
      })
      ctx.body = 'ordered' // @first
    })
  },

  'late-status-and-body'(app) {
    app.use((ctx) => {
      findOrder('7', () => {
        ctx.status = 500
        ctx.body = { error: 'no database' } // @second
      })
      ctx.body = 'ordered' // @first
    })
  },

  'late-body-of-stream'(app) {
    app.use((ctx) => {
      findOrder('7', (_error, order) => {
        ctx.body = order // @second
      })
      const rows = new PassThrough()
      rows.write('one ')
      later(40, () => rows.end('two'))
      ctx.body = rows // @first
    })
  },
}
