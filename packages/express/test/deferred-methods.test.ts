import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Express as Application, RequestHandler, Response } from 'express'
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

const file = fileURLToPath(new URL('views/page.txt', import.meta.url))

/** What Express answers with by further methods of its own, which come in a later turn then. */
const COMPOSED: Readonly<Record<string, RequestHandler>> = {
  redirect: (_req, res) => res.redirect('/y'),
  download: (_req, res) => res.download(file),
}

/** Libraries that keep the answer of whoever calls, and give it on by what was there before. */
const KEEPING: Readonly<Record<string, (res: Response) => void>> = {
  'a `send` that takes itself off': (res) => {
    const { send } = res
    res.send = function (body) {
      res.send = send
      setTimeout(() => res.status(203).set('X-Kept', 'yes').send(body), 5)
      return this
    }
  },
  'an `end` that takes itself off': (res) => {
    const { end } = res
    res.end = function (body: unknown) {
      setTimeout(() => {
        res.end = end
        res.status(203).set('X-Kept', 'yes').end(body)
      }, 5)
      return this
    }
  },
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

  const composed = Object.keys(PLACES).flatMap((place) => Object.keys(COMPOSED).map((key) => [place, key] as const))

  it.each(composed)('on %s, and Express goes on by others: res.%s', async (place, key) => {
    const seen: Record<string, unknown>[] = []
    for (const preset of ['bare', 'observe', 'protect', 'strict'] as const) {
      const { ask, violations } = await start(place, key, preset, COMPOSED[key] as RequestHandler)
      const { status, body, ended } = await ask('/x')
      await afterwards()
      seen.push({ status, body, ended, violations })
    }
    expect(seen).toEqual(seen.map(() => ({ ...seen[0], ended: 'whole', violations: [] })))
  })

  it.each(Object.keys(KEEPING))('%s answers anew', async (key) => {
    for (const policy of ['observe', 'protect', 'strict'] as const) {
      const { violations, options } = keeping({ policy })
      const app = express()
      app.use(guardOf(options))
      app.use((_req, res, next) => {
        KEEPING[key]?.(res)
        next()
      })
      app.get('/x', answers.json as RequestHandler)
      const { status, body, ended, headers } = await (await serve(app))('/x')
      await afterwards()
      expect({ status, body, ended, kept: headers['x-kept'], violations }).toEqual({
        status: 203,
        body: '{"n":1}',
        ended: 'whole',
        kept: 'yes',
        violations: [],
      })
    }
  })

  it('two downloads by a method that waits are told once', async () => {
    const { ask, violations } = await start('express.response, after', 'download', 'protect', (_req, res) => {
      res.download(file)
      res.download(file)
    })
    expect(await ask('/x')).toMatchObject({ status: 200, ended: 'whole' })
    await afterwards()
    expect(violations.map(({ kind, first, second }) => [kind, first?.operation, second?.operation])).toEqual([
      ['double-response', 'res.download', 'res.download'],
    ])
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
