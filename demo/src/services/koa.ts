import { respondOnce } from '@respond-once/koa'
import Koa from 'koa'
import { findNote, findSession, writeAudit } from '../database.ts'
import { followParent, tellListening } from '../parent.ts'
import { guardOptions, isGuarded } from '../policy.ts'

/*
 * A service for notes, with the mistakes that Koa invites: it drops in silence what comes too late.
 */

const app = new Koa()

if (isGuarded) app.use(respondOnce(guardOptions))

app.use(async (ctx, next) => {
  ctx.res.on('finish', () => console.log(`${ctx.method} ${ctx.originalUrl} ${ctx.res.statusCode}`))
  await next()
})

const routes: Readonly<Record<string, Koa.Middleware>> = {
  '/notes/private': async (ctx) => {
    const user = await findSession(ctx.get('cookie'))
    if (!user) {
      ctx.status = 401
      ctx.body = { error: 'log in first' }
    }
    ctx.body = { secret: await findNote('private') }
  },

  '/notes/today': (ctx) => {
    findNote('today').then((note) => {
      ctx.body = { note }
    })
  },

  '/notes/shared': async (ctx) => {
    ctx.body = { note: await findNote('shared') }
  },

  '/notes/first': async (ctx) => {
    ctx.body = { note: await findNote('first') }
  },

  '/notes/audited': async (ctx) => {
    ctx.res.writeHead(200).end('saved')
    await writeAudit({ id: '1', name: 'Ada' })
  },
}

// Forgets to wait for what follows.
app.use(async (ctx, next) => {
  if (ctx.path === '/notes/shared') next()
  else await next()
})

// Passes control on for everybody, and once more for those without a language.
app.use(async (ctx, next) => {
  if (ctx.path === '/notes/first' && !ctx.get('accept-language')) {
    await next()
  }
  await next()
})

app.use(async (ctx, next) => {
  await routes[ctx.path]?.(ctx, next)
})

const server = app.listen(0, '127.0.0.1', () => tellListening(server.address()))

followParent()
