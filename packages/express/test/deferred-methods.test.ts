import { setTimeout as sleep } from 'node:timers/promises'
import type { Express as Application, RequestHandler } from 'express'
import { describe, expect, it, onTestFinished } from 'vitest'
import { afterwards, guardOf, keeping, serve } from './serve.ts'
import { VERSIONS } from './versions.ts'

// Somebody puts a method over or under the guard's that waits before it calls the one that was there: to translate, to
// encrypt, to ask a cache. One answer is on its way then, and nobody has answered twice.

type Deferred = Record<string, (...args: unknown[]) => unknown>

function defer(target: object, key: string): void {
  const methods = target as Deferred
  const native = methods[key] as Deferred[string]
  methods[key] = async function (this: unknown, ...args) {
    await sleep(5)
    return Reflect.apply(native, this, args)
  }
}

/** What all applications share is as it was when the test is over. */
function deferShared(shared: object, key: string): void {
  const own = Object.getOwnPropertyDescriptor(shared, key)
  onTestFinished(() => {
    if (own) Object.defineProperty(shared, key, own)
    else delete (shared as Deferred)[key]
  })
  defer(shared, key)
}

const answers: Readonly<Record<string, RequestHandler>> = {
  json: (_req, res) => void res.json({ n: 1 }),
  send: (_req, res) => void res.send({ n: 1 }),
  end: (_req, res) => void res.end('{"n":1}'),
}

/** Where such a method is put, and when. */
const PLACES: Readonly<Record<string, (app: Application, guard: () => void, key: string, shared: object) => void>> = {
  'express.response, before': (_app, guard, key, shared) => {
    deferShared(shared, key)
    guard()
  },
  'express.response, after': (_app, guard, key, shared) => {
    guard()
    deferShared(shared, key)
  },
  'app.response, before': (app, guard, key) => {
    defer(app.response, key)
    guard()
  },
  'app.response, after': (app, guard, key) => {
    guard()
    defer(app.response, key)
  },
  'the response, before': (app, guard, key) => {
    app.use((_req, res, next) => {
      defer(res, key)
      next()
    })
    guard()
  },
  'the response, after': (app, guard, key) => {
    guard()
    app.use((_req, res, next) => {
      defer(res, key)
      next()
    })
  },
}

describe.each(VERSIONS)('methods that wait, in $name', ({ express }) => {
  const start = async (
    place: keyof typeof PLACES,
    key: string,
    preset: 'observe' | 'protect' | 'strict' | 'bare',
    handler: RequestHandler,
  ) => {
    const { violations, options } = keeping(preset === 'bare' ? {} : { policy: preset })
    const app = express()
    app.set('env', 'test')
    PLACES[place]?.(app, () => preset !== 'bare' && app.use(guardOf(options)), key, express.response)
    app.get('/x', handler)
    return { violations, ask: await serve(app) }
  }
  const rows = Object.keys(PLACES).flatMap((place) => Object.keys(answers).map((key) => [place, key] as const))

  it.each(rows)('on %s: res.%s', async (place, key) => {
    const seen = []
    for (const preset of ['bare', 'observe', 'protect', 'strict'] as const) {
      const { ask, violations } = await start(place, key, preset, answers[key] as RequestHandler)
      const { status, body, ended } = await ask('/x')
      await afterwards()
      seen.push({ status, body, ended, violations })
    }
    const native = { status: 200, body: '{"n":1}', ended: 'whole', violations: [] }
    expect(seen).toEqual([native, native, native, native])
  })

  it.each(['express.response, before', 'express.response, after', 'app.response, before'])(
    'two answers by a method that waits are told, on %s',
    async (place) => {
      const { ask, violations } = await start(place, 'json', 'protect', (_req, res) => {
        res.json({ n: 1 })
        res.json({ n: 2 })
      })
      expect(await ask('/x')).toMatchObject({ status: 200, body: '{"n":1}', ended: 'whole' })
      await afterwards()
      expect(violations.map(({ kind, first, second }) => [kind, first?.operation, second?.operation])).toEqual([
        ['double-response', 'res.json', 'res.json'],
      ])
    },
  )
})
