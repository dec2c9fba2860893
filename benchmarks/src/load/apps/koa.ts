import Koa, { type Middleware } from 'koa'
import { listenTo } from '../../listeners.ts'
import type { LoadVariant, Shape } from '../scenarios.ts'
import { bodyOf, ExpectedError, FAILURE, HEADERS, HELLO, megabyte, receipt } from './content.ts'
import { guardOptions } from './guards.ts'

const listening: Middleware = (ctx, next) => {
  listenTo(ctx.res)
  return next()
}

async function first(variant: LoadVariant): Promise<Middleware | undefined> {
  const options = guardOptions(variant)
  if (options !== undefined) return (await import('@respond-once/koa')).respondOnce(options) as Middleware
  if (variant === 'empty') return (_ctx, next) => next()
  return variant === 'on-headers' ? listening : undefined
}

const errors: Middleware = async (ctx, next) => {
  try {
    await next()
  } catch {
    ctx.status = 500
    ctx.body = FAILURE
  }
}

const routes: Middleware = async (ctx) => {
  if (ctx.path === '/hello') ctx.body = HELLO
  else if (ctx.path === '/headers') {
    for (const [name, value] of HEADERS) ctx.set(name, value)
    ctx.body = HELLO
  } else if (ctx.path === '/stream') ctx.body = megabyte()
  else if (ctx.path === '/error') throw new ExpectedError()
  else if (ctx.path === '/orders') ctx.body = receipt(await bodyOf(ctx.req))
}

export async function koaListener(variant: LoadVariant, shape: Shape) {
  const app = new Koa()
  const own = await first(variant)
  if (own !== undefined) app.use(own)
  app.use(errors)
  for (let i = 0; i < (shape.middlewares ?? 0); i++) app.use((_ctx, next) => next())
  app.use(routes)
  return app.callback()
}
