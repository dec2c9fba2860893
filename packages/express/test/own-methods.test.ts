import { createServer, type ServerResponse } from 'node:http'
import type { Express as Application, RequestHandler, Response } from 'express'
import { describe, expect, it } from 'vitest'
import { detach, lifecycleOf } from '../src/index.ts'
import { afterwards, guardOf, keeping, serve } from './serve.ts'
import { VERSIONS } from './versions.ts'

type Own = Record<string, (this: Response, ...args: unknown[]) => unknown>

const twice: RequestHandler = (_req, res) => {
  res.json({ n: 1 })
  res.json({ n: 2 })
}

describe.each(VERSIONS)('methods of the application in $name', ({ express }) => {
  const start = async (build: (app: Application, guard: () => void) => void) => {
    const { violations, options } = keeping()
    const app = express()
    app.set('env', 'test')
    build(app, () => app.use(guardOf(options)))
    return { violations, ask: await serve(app) }
  }
  const kinds = (violations: readonly { kind: string }[]) => violations.map(({ kind }) => kind)

  it.each(['before', 'after'])('a new app.response method, made %s installing, answers once', async (when) => {
    const { ask, violations } = await start((app, guard) => {
      const define = () => {
        ;(app.response as unknown as Own).ok = function (body) {
          return this.status(201).json(body)
        }
      }
      if (when === 'before') define()
      guard()
      if (when === 'after') define()
      app.get('/x', (_req, res) => {
        const own = res as unknown as { ok(body: object): void }
        own.ok({ n: 1 })
        own.ok({ n: 2 })
      })
    })
    expect(await ask('/x')).toMatchObject({ status: 201, body: '{"n":1}', ended: 'whole' })
    await afterwards()
    expect(kinds(violations)).toEqual(['double-response'])
  })

  it.each(['before', 'after'])('app.response.json replaced %s installing is the one that is called', async (when) => {
    const { ask, violations } = await start((app, guard) => {
      const { json } = express.response
      const define = () => {
        ;(app.response as unknown as Own).json = function (body) {
          return json.call(this, { wrapped: body })
        }
      }
      if (when === 'before') define()
      guard()
      if (when === 'after') define()
      app.get('/x', twice)
    })
    expect(await ask('/x')).toMatchObject({ body: '{"wrapped":{"n":1}}', ended: 'whole' })
    await afterwards()
    expect(kinds(violations)).toEqual(['double-response'])
  })

  it('express.response.json replaced after installing is the one that is called', async () => {
    const { json } = express.response
    try {
      const { ask, violations } = await start((app, guard) => {
        guard()
        ;(express.response as unknown as Own).json = function (body) {
          return json.call(this, { wrapped: body })
        }
        app.get('/x', twice)
      })
      expect(await ask('/x')).toMatchObject({ body: '{"wrapped":{"n":1}}', ended: 'whole' })
      await afterwards()
      expect(kinds(violations)).toEqual(['double-response'])
    } finally {
      express.response.json = json
    }
  })

  const wrapJson: RequestHandler = (_req, res, next) => {
    const { json } = res
    res.json = (body: unknown) => json.call(res, { wrapped: body })
    next()
  }

  it.each(['before', 'after'])('a middleware that replaces res.json, %s the guard', async (when) => {
    const { ask, violations } = await start((app, guard) => {
      if (when === 'before') app.use(wrapJson)
      guard()
      if (when === 'after') app.use(wrapJson)
      app.get('/x', twice)
    })
    expect(await ask('/x')).toMatchObject({ body: '{"wrapped":{"n":1}}', ended: 'whole' })
    await afterwards()
    expect(kinds(violations)).toEqual(['double-response'])
    expect(violations[0]?.second?.operation).toBe('res.json')
  })

  it('a middleware that replaces res.json, before a guard under a path', async () => {
    const { violations, options } = keeping()
    const app = express()
    app.use(wrapJson)
    app.use('/api', guardOf(options))
    app.get('/api/x', twice)
    const ask = await serve(app)
    expect(await ask('/api/x')).toMatchObject({ body: '{"wrapped":{"n":1}}', ended: 'whole' })
    expect(kinds(violations)).toEqual(['double-response'])
  })

  it.each(['before Express', 'in a middleware'])(
    'a hand-made wrapper of res.end, put on %s, sees every byte once',
    async (where) => {
      const { violations, options } = keeping()
      const seen: string[] = []
      const wrap = (res: ServerResponse) => {
        const end = res.end
        res.end = function (this: ServerResponse, ...args: unknown[]) {
          seen.push(String(args[0]))
          return Reflect.apply(end, this, args)
        } as typeof res.end
      }
      const app = express()
      app.use(guardOf(options))
      if (where === 'in a middleware') {
        app.use((_req, res, next) => {
          wrap(res)
          next()
        })
      }
      app.get('/x', twice)
      const server = createServer((req, res) => {
        if (where === 'before Express') wrap(res)
        app(req, res)
      })
      const ask = await serve(server)
      expect(await ask('/x')).toMatchObject({ body: '{"n":1}', ended: 'whole' })
      await afterwards()
      expect([seen, kinds(violations)]).toEqual([['{"n":1}'], ['double-response']])
    },
  )

  it.each(['statusCode', 'statusMessage'] as const)('%s set before Express counts', async (key) => {
    const app = express()
    app.use(guardOf({ reporters: [] }))
    app.get('/x', (_req, res) => void res.end('x'))
    const server = createServer((req, res) => {
      Object.assign(res, { [key]: key === 'statusCode' ? 203 : 'Fine' })
      app(req, res)
    })
    const ask = await serve(server)
    expect((await ask('/x')).status).toBe(key === 'statusCode' ? 203 : 200)
  })

  it('an application that hands its response to a callback of its own server', async () => {
    const { violations, options } = keeping()
    const app = express()
    app.use(guardOf(options))
    app.use((_req, res, next) => {
      res.status(202)
      next()
    })
    const server = createServer((req, res) => {
      const handle = app as unknown as (req: unknown, res: unknown, done: () => void) => void
      handle(req, res, () => res.end('fallback'))
    })
    const ask = await serve(server)
    expect(await ask('/x')).toMatchObject({ status: 202, body: 'fallback', ended: 'whole' })
    expect(violations).toEqual([])
  })

  it('detach() and lifecycleOf() know a response by itself', async () => {
    const states: unknown[] = []
    const { ask, violations } = await start((app, guard) => {
      guard()
      app.get('/x', (_req, res) => {
        res.status(200)
        states.push(lifecycleOf(res)?.state, res.lifecycle?.state)
        detach(res)
        res.json({ n: 1 })
        res.statusCode = 500
      })
    })
    expect(await ask('/x')).toMatchObject({ status: 200, body: '{"n":1}' })
    await afterwards()
    expect([states, violations]).toEqual([['headers-set', 'headers-set'], []])
  })
})
