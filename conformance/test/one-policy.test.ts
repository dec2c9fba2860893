import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import Router from '@koa/router'
import { type Exemption, type Policy, ResponseViolationError, type Violation } from '@respond-once/core'
import { type GuardOptions, respondOnce as onNode } from '@respond-once/core/node'
import { respondOnce as onExpress } from '@respond-once/express'
import { respondOnce as onFastify } from '@respond-once/fastify'
import { respondOnce as onKoa } from '@respond-once/koa'
import type express from 'express'
import type Fastify from 'fastify'
import type Koa from 'koa'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

// One policy object, and services on every framework that make the same mistakes. What is done about each, and what the
// client sees, stands in one table for all of them.

/** How an answer is said in the words of a framework. */
type Words = Readonly<Record<'answer' | 'again' | 'header' | 'status' | 'write', () => unknown>>

/** The violations for which something was thrown at the late call. */
const thrown: Violation[] = []

function attempt(call: () => unknown): void {
  try {
    call()
  } catch (error) {
    if (error instanceof ResponseViolationError) thrown.push(error.violation)
  }
}

const MISTAKES: Readonly<Record<string, (words: Words) => unknown>> = {
  'sends-twice'({ answer, again }) {
    answer()
    attempt(again)
  },
  'sends-later'({ answer, again }) {
    answer()
    setTimeout(() => attempt(again), 20)
  },
  'sets-header'({ answer, header }) {
    answer()
    attempt(header)
  },
  'sets-status'({ answer, status }) {
    answer()
    attempt(status)
  },
  'writes-on'({ answer, write }) {
    answer()
    attempt(write)
  },
  fails({ answer }) {
    answer()
    throw new Error('too late')
  },
  'fails-as-known'({ answer }) {
    answer()
    throw new Error('too late')
  },
  async 'is-slow'({ answer }) {
    await pause(200)
    answer()
  },
}

const paths = (mistake: string) => [`/things/${mistake}`, `/legacy/${mistake}`]
const routes = Object.entries(MISTAKES).flatMap(([name, mistake]) =>
  paths(name).map((path) => [path, mistake] as const),
)

async function onExpressOf(name: string, options: GuardOptions): Promise<RequestListener> {
  const { default: make } = (await import(name)) as { readonly default: typeof express }
  const app = make().set('env', 'test')
  app.use(onExpress(options))
  for (const [path, mistake] of routes) {
    app.all(path, (_req, res) => {
      mistake({
        answer: () => res.send('fine'),
        again: () => res.send('again'),
        header: () => res.set('X-Late', '1'),
        status: () => res.status(500),
        write: () => res.write('more'),
      })
    })
  }
  for (const path of paths('passes-on-twice')) {
    app.all(
      path,
      (_req, _res, next) => {
        next()
        attempt(next)
      },
      (_req, res) => void res.send('fine'),
      () => {},
    )
  }
  return app
}

async function onKoaOf(name: string, options: GuardOptions): Promise<RequestListener> {
  const { default: Application } = (await import(name)) as { readonly default: typeof Koa }
  const app = new Application()
  app.silent = true
  app.use(onKoa(options))
  const router = new Router()
  for (const [path, mistake] of routes) {
    router.all(path, (ctx) => {
      const answer = () => {
        ctx.status = 200
        ctx.res.end('fine')
      }
      return mistake({
        answer,
        again: () => (ctx.body = 'again'),
        header: () => ctx.set('X-Late', '1'),
        status: () => (ctx.status = 500),
        write: () => ctx.res.write('more'),
      })
    })
  }
  router.all(
    paths('passes-on-twice'),
    async (_ctx, next) => {
      await next()
      await next().catch(() => {})
    },
    (ctx) => {
      ctx.body = 'fine'
    },
  )
  return app.use(router.routes()).callback()
}

async function onFastifyOf(name: string, options: GuardOptions): Promise<RequestListener> {
  const { default: make } = (await import(name)) as { readonly default: typeof Fastify }
  const app = make()
  await app.register(onFastify, options)
  for (const [path, mistake] of routes) {
    app.all(path, (_request, reply) =>
      mistake({
        answer: () => reply.send('fine'),
        again: () => reply.send('again'),
        header: () => reply.header('X-Late', '1'),
        status: () => (reply.raw.statusCode = 500),
        write: () => reply.raw.write('more'),
      }),
    )
  }
  for (const path of paths('passes-on-twice')) {
    app.all(path, {
      preHandler(_request, _reply, done) {
        done()
        attempt(done)
      },
      handler: (_request, reply) => void (reply.sent || reply.send('fine')),
    })
  }
  await app.ready()
  return app.routing as unknown as RequestListener
}

const SERVICES: Readonly<Record<string, (options: GuardOptions) => Promise<RequestListener>>> = {
  'Express 5': (options) => onExpressOf('express', options),
  'Express 4': (options) => onExpressOf('express4', options),
  'Koa 3': (options) => onKoaOf('koa', options),
  'Koa 2': (options) => onKoaOf('koa2', options),
  'Fastify 5': (options) => onFastifyOf('fastify', options),
  'Fastify 4': (options) => onFastifyOf('fastify4', options),
}

/** What a platform team publishes. */
const company: Policy = {
  extends: 'observe',
  rules: { 'double-response/late-callback': 'suppress' },
  locked: ['double-response/late-callback'],
}

/** What one service makes of it. Exemptions are by fingerprint, which every service has of its own. */
const policyOf = (exemptions: readonly Exemption[]): Policy => ({
  extends: [company],
  rules: {
    'double-response': 'throw',
    'late-header': 'throw',
    'write-after-end': 'suppress',
    'next-called-twice': 'suppress',
    'error-after-response': 'suppress',
    'no-response': ['report', { afterMs: 50 }],
  },
  overrides: [
    {
      routes: ['/legacy/**'],
      rules: {
        'double-response': 'report',
        'double-response/missing-return': 'suppress',
        'late-header': 'suppress',
        'late-status': 'suppress',
        'write-after-end': 'throw',
        'next-called-twice': 'report',
        'no-response': 'off',
      },
    },
    { routes: ['/legacy/sets-*'], methods: ['POST'], rules: { 'late-header': 'report', 'late-status': 'off' } },
    { environments: ['test'], methods: ['PUT'], rules: { 'late-status': 'suppress' } },
    { environments: ['nowhere'], rules: { 'late-status': 'off', 'late-header': 'off' } },
    { frameworks: ['express', 'koa', 'fastify'], methods: ['PATCH'], rules: { 'error-after-response': 'report' } },
    { frameworks: ['node'], rules: { 'late-status': 'throw', 'double-response': 'off' } },
  ],
  exemptions,
})

/** What is told of a request; the client gets the first answer whole, whatever it is. */
const TABLE = [
  ['GET', '/things/sends-twice', 'double-response throw'],
  ['GET', '/legacy/sends-twice', 'double-response suppress'],
  ['GET', '/things/sends-later', 'double-response suppress'],
  ['GET', '/legacy/sends-later', 'double-response suppress'],
  ['GET', '/things/sets-header', 'late-header throw'],
  ['GET', '/legacy/sets-header', 'late-header suppress'],
  ['POST', '/legacy/sets-header', 'late-header report'],
  ['GET', '/things/sets-status', 'late-status report'],
  ['GET', '/legacy/sets-status', 'late-status suppress'],
  ['POST', '/legacy/sets-status', undefined],
  ['PUT', '/things/sets-status', 'late-status suppress'],
  ['GET', '/things/writes-on', 'write-after-end suppress'],
  ['GET', '/legacy/writes-on', 'write-after-end throw'],
  ['GET', '/things/passes-on-twice', 'next-called-twice suppress'],
  ['GET', '/legacy/passes-on-twice', 'next-called-twice report'],
  ['GET', '/things/fails', 'error-after-response suppress'],
  ['GET', '/things/fails-as-known', 'error-after-response report'],
  ['PATCH', '/things/fails', 'error-after-response report'],
  ['GET', '/things/is-slow', 'no-response report'],
  ['GET', '/legacy/is-slow', undefined],
] as const

interface Guarded {
  readonly told: readonly Violation[]
  ask(method: string, path: string): Promise<string>
  close(): void
}

async function serve(name: string, options: GuardOptions): Promise<Guarded> {
  const told: Violation[] = []
  const onViolation = (violation: Violation) => void told.push(violation)
  const listener = await SERVICES[name]?.({ reporters: [], onViolation, ...options })
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    told,
    async ask(method, path) {
      const { port } = server.address() as AddressInfo
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method })
      return `${response.status} ${await response.text()} ${response.headers.get('X-Late')}`
    },
    close: () => void server.close(),
  }
}

/** The exemptions that a service's baseline has: one for what it knows, and one for what its company has locked. */
async function baseline(name: string): Promise<readonly Exemption[]> {
  const { told, ask, close } = await serve(name, { policy: 'observe' })
  await ask('GET', '/things/fails-as-known')
  await ask('GET', '/things/sends-later')
  await pause(100)
  close()
  return told.map(({ fingerprint }) => ({ fingerprint, action: 'report', until: '2999-12-31', reason: 'JIRA-1' }))
}

let policy: Policy

beforeAll(async () => {
  const exemptions = await Promise.all(Object.keys(SERVICES).map(baseline))
  policy = policyOf(exemptions.flat())
})

describe.each(Object.keys(SERVICES))('one policy, on %s', (name) => {
  let service: Guarded
  const seen = new Map<string, string[]>()

  beforeAll(async () => {
    // Twice: the second time it is a storm, in which mistakes are taken for what they were before.
    service = await serve(name, { policy, limits: { fullPerSecond: 1 } })
    for (let time = 0; time < 2; time++) {
      await Promise.all(
        TABLE.map(async ([method, path]) => {
          const key = `${method} ${path}`
          seen.set(key, [...(seen.get(key) ?? []), await service.ask(method, path)])
        }),
      )
    }
    await pause(100)
  })

  afterAll(() => service.close())

  it.each(TABLE)('%s %s: %s', (method, path, told) => {
    const found = service.told.filter((one) => one.method === method && one.route === path)
    expect(found.map(({ kind, action }) => `${kind} ${action}`)).toEqual(told === undefined ? [] : [told, told])
    expect(found.filter((one) => thrown.includes(one))).toHaveLength(told?.endsWith('throw') === true ? 2 : 0)
    expect(seen.get(`${method} ${path}`)).toEqual(['200 fine null', '200 fine null'])
  })

  it('cannot be switched off while something is locked', async () => {
    const off = SERVICES[name]?.({ policy, enabled: false })
    await expect(off).rejects.toThrow(/enabled: found false; .*double-response\/late-callback is locked by/)
  })
})

it('asks no route of a listener of Node, which has none', async () => {
  const told: Violation[] = []
  const listener = onNode(
    (_request, response) => {
      response.end('fine')
      response.statusCode = 500
    },
    {
      policy: { extends: 'observe', overrides: policy.overrides?.slice(0, 2) ?? [] },
      reporters: [],
      onViolation: (one) => void told.push(one),
    },
  )
  const server = createServer(listener).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/legacy/sets-status`)).text()
  await pause(50)
  expect(told).toMatchObject([{ kind: 'late-status', action: 'report' }])
})
