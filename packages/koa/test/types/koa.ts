import type { Lifecycle } from '@respond-once/koa'
import { definePolicy, respondOnce } from '@respond-once/koa'
import Koa from 'koa'

// Compiled, not run: what an application writes, with the types of Koa 2 and with those of Koa 3.

const app = new Koa()
app.use(respondOnce())
app.use(respondOnce({ policy: definePolicy({ extends: 'observe', rules: { 'body-overwritten': 'throw' } }) }))

app.use(async (ctx, next) => {
  const lifecycle: Lifecycle | undefined = ctx.lifecycle
  const by: string | undefined = ctx.lifecycle?.respondedBy?.operation
  // @ts-expect-error: it is read-only
  ctx.lifecycle = lifecycle
  ctx.body = by
  await next()
})

// @ts-expect-error: no such preset
respondOnce({ policy: 'protct' })
