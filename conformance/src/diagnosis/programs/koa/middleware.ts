import { setTimeout as sleep } from 'node:timers/promises'
import type Koa from 'koa'
import { pause } from '../../../programs/shop.ts'
import type { KoaDiagnoses } from '../../program.ts'

const requireUser: Koa.Middleware = async (ctx, next) => {
  if (!ctx.state.user) {
    ctx.redirect('/login') // @first redirect-then-body
  }
  ctx.body = { profile: true } // @second redirect-then-body
  await next()
}

export const programs: KoaDiagnoses = {
  // body-overwritten missing-return GET /x
  'redirect-then-body'(app) {
    app.use(requireUser)
  },

  // body-overwritten missing-return GET /x
  'refusal-then-body'(app) {
    app.use(async (ctx) => {
      if (ctx.query.q === undefined) {
        ctx.status = 400
        ctx.body = { error: 'q is missing' } // @first
      }
      await sleep(1)
      ctx.body = { found: [] } // @second
    })
  },

  // next-called-twice missing-return GET /x
  'next-in-both'(app) {
    app.use(async (ctx, next) => {
      if (ctx.path === '/x') await next() // @first
      await next() // @second
    })
    app.use((ctx) => {
      ctx.body = 'x'
    })
  },

  // next-called-twice duplicate-catch GET /x
  'next-in-catch'(app) {
    app.use(async (_ctx, next) => {
      try {
        await next() // @first
      } catch {
        await next() // @second
      }
    })
    app.use(() => {
      throw new Error('first time')
    })
  },

  // double-response late-callback GET /x
  'body-in-a-timer'(app) {
    app.use((ctx) => {
      setTimeout(() => {
        ctx.body = 'late' // @second
      }, 20)
      ctx.body = 'at once' // @first
    })
  },

  // double-response missing-await GET /x
  'next-not-awaited'(app) {
    app.use((_ctx, next) => {
      next() // @first
    })
    app.use(async (ctx) => {
      await sleep(20)
      ctx.body = 'late' // @second
    })
  },

  // double-response timeout GET /x
  'timeout-races-next'(app) {
    app.use(async (ctx, next) => {
      const late = pause(8).then(() => {
        ctx.status = 504
        ctx.body = 'too late' // @first
      })
      await Promise.race([next(), late])
    })
    app.use(async (ctx) => {
      await pause(40)
      ctx.body = 'done' // @second
    })
  },
}
