import type { IncomingMessage, ServerResponse } from 'node:http'
import compression from 'compression'
import express, { type RequestHandler } from 'express'
import express4 from 'express4'
import Koa, { type Middleware } from 'koa'
import Koa2 from 'koa2'
import type { Scenario } from '../catalogue.ts'
import { listenTo } from '../listeners.ts'
import { fastifyListener } from './fastify.ts'

export type Listener = (req: IncomingMessage, res: ServerResponse) => void

const isGuard = (variant: string) => /^guard(-always|-off|-storm)?$/.test(variant)

const emptyMiddleware: RequestHandler = (_req, _res, next) => next()
const listeningMiddleware: RequestHandler = (_req, res, next) => {
  listenTo(res)
  next()
}

async function variantMiddleware(variant: string): Promise<RequestHandler | undefined> {
  if (variant === 'empty') return emptyMiddleware
  if (variant === 'on-headers') return listeningMiddleware
  // Imported on demand: the baseline must run in a process that has never seen the guard.
  if (isGuard(variant)) return (await import('./guarded.ts')).guardMiddleware(variant)
  return undefined
}

async function expressApp(scenario: Scenario, variant: string): Promise<Listener> {
  const app = scenario.framework === 'express4' ? express4() : express()
  const first = await variantMiddleware(variant)
  if (first) app.use(first)
  if (scenario.compression) app.use(compression())
  for (let i = 0; i < (scenario.middlewares ?? 0); i++) app.use((_req, _res, next) => next())
  const body = { hello: 'world' }
  app.get('/', (_req, res) => {
    res.json(body)
  })
  // Behind the measured route, which never passes control on.
  app.get('/twice', (_req, res) => {
    res.json(body)
    res.json(body)
  })
  return app as unknown as Listener
}

async function koaMiddleware(variant: string): Promise<Middleware | undefined> {
  if (variant === 'empty') return (_ctx, next) => next()
  if (variant === 'on-headers') {
    return (ctx, next) => {
      listenTo(ctx.res)
      return next()
    }
  }
  if (isGuard(variant)) return (await import('./guarded.ts')).guardKoaMiddleware(variant)
  return undefined
}

async function koaListener(scenario: Scenario, variant: string): Promise<Listener> {
  const app = scenario.framework === 'koa2' ? new Koa2() : new Koa()
  const first = await koaMiddleware(variant)
  if (first) app.use(first)
  for (let i = 0; i < (scenario.middlewares ?? 0); i++) app.use((_ctx, next) => next())
  const body = { hello: 'world' }
  app.use(async (ctx) => {
    ctx.body = body
    if (ctx.req.url === '/twice') {
      setImmediate(() => {
        ctx.body = body
      })
    }
  })
  return app.callback()
}

function answer(scenario: Scenario, res: ServerResponse): void {
  const body = Buffer.from(JSON.stringify({ hello: 'world' }))
  if (scenario.head === 'writeHead') {
    res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length })
  } else {
    res.statusCode = 200
    res.setHeader('Content-Type', 'application/json')
    res.setHeader('Content-Length', body.length)
  }
  res.end(body)
}

async function nodeListener(scenario: Scenario, variant: string): Promise<Listener> {
  const handle: Listener = (req, res) => {
    answer(scenario, res)
    if (req.url === '/twice') answer(scenario, res)
  }
  if (variant === 'on-headers') {
    return (req, res) => {
      listenTo(res)
      handle(req, res)
    }
  }
  if (isGuard(variant)) return (await import('./guarded.ts')).guardedListener(handle, variant)
  return handle
}

export function listenerOf(scenario: Scenario, variant: string): Promise<Listener> {
  if (scenario.framework === 'node') return nodeListener(scenario, variant)
  if (scenario.framework.startsWith('fastify')) return fastifyListener(scenario, variant)
  return scenario.framework.startsWith('koa') ? koaListener(scenario, variant) : expressApp(scenario, variant)
}
