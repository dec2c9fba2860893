import { createServer, get, type IncomingMessage, type RequestListener, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Violation } from '@respond-once/core'
import { respondOnce as guardListener } from '@respond-once/core/node'
import { respondOnce as guardExpress } from '@respond-once/express'
import { respondOnce as guardFastify } from '@respond-once/fastify'
import { respondOnce as guardKoa } from '@respond-once/koa'
import express from 'express'
import Fastify from 'fastify'
import Koa from 'koa'
import { describe, expect, it, onTestFinished } from 'vitest'

// A guarded response is handed to an Express that has no guard: it changes the response's prototype, and the guard's members
// are gone. The tests stand in this order: once an Express is guarded, all applications of its copy have the members.

/** The same for the other majors, whose types are not here. */
const load = async <T>(name: string) => ((await import(name)) as { readonly default: T }).default
const express4 = await load<typeof express>('express4')
const Koa2 = await load<typeof Koa>('koa2')
const Fastify4 = await load<typeof Fastify>('fastify4')

interface Reply {
  readonly status: string
  readonly body: string
}

async function ask(listener: RequestListener): Promise<Reply> {
  const server = createServer(listener)
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ port, host: '127.0.0.1', agent: false, signal: AbortSignal.timeout(5000) }, resolve).on('error', reject)
  })
  response.setEncoding('utf8')
  let body = ''
  for await (const chunk of response) body += chunk
  return { status: `${response.statusCode} ${response.statusMessage}`, body }
}

type Program = (isGuarded: boolean, told: Violation[]) => RequestListener | Promise<RequestListener>

const options = (told: Violation[]) => ({
  reporters: [],
  trace: 'always' as const,
  onViolation: (violation: Violation) => void told.push(violation),
})

/** An application of an Express without a guard. */
function legacy(make: typeof express): RequestListener {
  const app = make()
  app.get('/', (_request, response) => void response.send('page'))
  return app
}

const node =
  (stage: (response: ServerResponse) => void, inner: RequestListener): Program =>
  (isGuarded, told) => {
    const handler: RequestListener = (request, response) => {
      stage(response)
      inner(request, response)
    }
    return isGuarded ? guardListener(handler, options(told)) : handler
  }

const koa =
  (Class: typeof Koa, inner: RequestListener, status?: number): Program =>
  (isGuarded, told) => {
    const app = new Class()
    if (isGuarded) app.use(guardKoa(options(told)) as never)
    app.use((context) => {
      if (status !== undefined) context.status = status
      context.respond = false
      inner(context.req, context.res)
    })
    return app.callback()
  }

const fastify =
  (make: typeof Fastify, inner: RequestListener): Program =>
  async (isGuarded, told) => {
    const app = make()
    if (isGuarded) await app.register(guardFastify as never, options(told) as never)
    app.get('/', (request, reply) => {
      reply.code(503).hijack()
      inner(request.raw, reply.raw)
    })
    await app.ready()
    onTestFinished(() => app.close())
    return app.routing as RequestListener
  }

const PROGRAMS: Readonly<Record<string, Program>> = {
  'node, a status': node((response) => void Object.assign(response, { statusCode: 503 }), legacy(express)),
  'node, a status and its words': node((response) => {
    Object.assign(response, { statusCode: 503, statusMessage: 'Down' })
  }, legacy(express4)),
  'node, a prototype of its own': node(
    (response) => {
      response.statusCode = 404
      Object.setPrototypeOf(response, Object.create(ServerResponse.prototype) as object)
    },
    (_request, response) => void response.end('page'),
  ),
  'node, a status in front of the guard': (isGuarded, told) => {
    const inner = legacy(express)
    const handler: RequestListener = isGuarded ? guardListener(inner, options(told)) : inner
    return (request, response) => {
      response.statusCode = 503
      handler(request, response)
    }
  },
  'Koa 3': koa(Koa, legacy(express), 503),
  'Koa 2': koa(Koa2, legacy(express4), 503),
  'Koa 3, its own 404': koa(Koa, legacy(express)),
  'Fastify 5': fastify(Fastify, legacy(express)),
  'Fastify 4': fastify(Fastify4, legacy(express4)),
  'Express 5 within Express 4': (isGuarded, told) => {
    const inner = legacy(express)
    const app = express4()
    if (isGuarded) app.use(guardExpress(options(told)) as never)
    app.use((_request, response, next) => {
      response.status(503)
      next()
    })
    app.use((request, response) => inner(request, response))
    return app
  },
}

describe('an Express without a guard', () => {
  it.each(Object.entries(PROGRAMS))('answers as without one: %s', async (_, program) => {
    const told: Violation[] = []
    const plain = await ask(await program(false, told))
    expect(plain.body).toBe('page')
    // The first response of a server is guarded otherwise than the later ones.
    const guarded = await program(true, told)
    expect([await ask(guarded), await ask(guarded)]).toEqual([plain, plain])
    expect(told).toEqual([])
  })
})

describe('beside a guarded Express of the same copy', () => {
  it.each(Object.entries(PROGRAMS))('answers as without one: %s', async (_, program) => {
    for (const make of [express, express4]) make().use(guardExpress() as never)
    const told: Violation[] = []
    expect(await ask(await program(true, told))).toEqual(await ask(await program(false, told)))
    expect(told).toEqual([])
  })

  it('Koa still names what comes too late', async () => {
    const told: Violation[] = []
    const inner = express()
    inner.use(guardExpress(options(told)) as never)
    inner.use((_request, _response, next) => next())
    const app = new Koa()
    app.use(guardKoa(options(told)) as never)
    app.use(
      (context, next) =>
        new Promise((resolve, reject) => {
          const done = (error?: unknown) => (error ? reject(error) : resolve(next()))
          inner(context.req as never, context.res as never, done)
        }),
    )
    let late: () => void = () => {}
    const isLate = new Promise<void>((resolve) => {
      late = resolve
    })
    app.use((context) => {
      context.body = 'ok'
      context.res.once('finish', () => {
        setImmediate(() => {
          context.body = 'late'
          late()
        })
      })
    })
    expect(await ask(app.callback())).toMatchObject({ body: 'ok' })
    await isLate
    expect(told.map(({ kind, second }) => `${kind} by ${second?.operation}`)).toEqual(['double-response by ctx.body'])
  })
})
