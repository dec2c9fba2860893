import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Router from '@koa/router'
import type { Policy, Violation } from '@respond-once/core'
import { respondOnce as onNode } from '@respond-once/core/node'
import { respondOnce as onExpress } from '@respond-once/express'
import { respondOnce as onFastify } from '@respond-once/fastify'
import { respondOnce as onKoa } from '@respond-once/koa'
import express from 'express'
import Fastify from 'fastify'
import Koa from 'koa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

// One policy object, and services on three frameworks that make the same mistake: a status that is changed too late.

const policy: Policy = {
  extends: 'observe',
  rules: { 'late-status': 'report', 'double-response': 'throw' },
  overrides: [
    { routes: ['/legacy/**'], rules: { 'late-status': 'suppress' } },
    { routes: ['/legacy/:id'], methods: ['POST'], rules: { 'late-status': 'off' } },
    { environments: ['nowhere'], rules: { 'late-status': 'throw' } },
  ],
}

const told: Violation[] = []
const options = { policy, reporters: [], onViolation: (violation: Violation) => void told.push(violation) }

function expressService(): RequestListener {
  const app = express()
  app.use(onExpress(options))
  for (const path of ['/things/:id', '/legacy/:id']) {
    app.all(path, (_req, res) => {
      res.send('fine')
      res.status(500)
    })
  }
  return app
}

function koaService(): RequestListener {
  const app = new Koa()
  app.use(onKoa(options))
  const router = new Router()
  for (const path of ['/things/:id', '/legacy/:id']) {
    router.all(path, async (ctx) => {
      ctx.status = 200
      ctx.res.end('fine')
      ctx.status = 500
    })
  }
  app.use(router.routes())
  return app.callback()
}

async function fastifyService(): Promise<RequestListener> {
  const app = Fastify()
  await app.register(onFastify, options)
  for (const path of ['/things/:id', '/legacy/:id']) {
    app.all(path, (_request, reply) => {
      reply.send('fine')
      reply.raw.statusCode = 500
    })
  }
  await app.ready()
  return app.routing as unknown as RequestListener
}

const services: Readonly<Record<string, () => RequestListener | Promise<RequestListener>>> = {
  express: expressService,
  koa: koaService,
  fastify: fastifyService,
}

describe.each(Object.keys(services))('one policy, on %s', (name) => {
  let server: Server

  beforeAll(async () => {
    server = createServer((await services[name]?.()) as RequestListener).listen(0)
    await new Promise((resolve) => server.once('listening', resolve))
  })

  afterAll(() => void server.close())

  it.each([
    ['GET', '/things/1', ['report']],
    ['GET', '/legacy/1', ['suppress']],
    ['POST', '/legacy/1', []],
    ['POST', '/things/1', ['report']],
  ])('%s %s', async (method, path, actions) => {
    told.splice(0)
    const { port } = server.address() as AddressInfo
    const response = await fetch(`http://localhost:${port}${path}`, { method })
    expect([response.status, await response.text()]).toEqual([200, 'fine'])
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(told.map(({ kind, action }) => `${kind} ${action}`)).toEqual(actions.map((one) => `late-status ${one}`))
  })
})

it('asks no route of a listener of Node, which has none', async () => {
  told.splice(0)
  const listener = onNode((_request, response) => {
    response.end('fine')
    response.statusCode = 500
  }, options)
  const server = createServer(listener).listen(0)
  await new Promise((resolve) => server.once('listening', resolve))
  await (await fetch(`http://localhost:${(server.address() as AddressInfo).port}/legacy/1`)).text()
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(told).toMatchObject([{ kind: 'late-status', action: 'report' }])
  server.close()
})
