import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Express as Application, Request, RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { guardOf, serve } from './serve.ts'
import { VERSIONS } from './versions.ts'

const views = mkdtempSync(join(tmpdir(), 'views-'))
writeFileSync(join(views, 'page.txt'), 'a page')

const facts: RequestHandler = (req, res) =>
  void res.json({ query: req.query, ip: req.ip, protocol: req.protocol, secure: req.secure, path: req.path })

/** Settings that are made after the guard was installed, each with requests that see it. */
const SETTINGS: Readonly<
  Record<string, { readonly set: (app: Application) => void; readonly paths: readonly string[] }>
> = {
  'strict routing': { set: (app) => app.enable('strict routing'), paths: ['/strict', '/strict/'] },
  'case sensitive routing': { set: (app) => app.enable('case sensitive routing'), paths: ['/strict', '/STRICT'] },
  'both kinds of routing': {
    set: (app) => app.enable('strict routing').enable('case sensitive routing'),
    paths: ['/strict', '/STRICT', '/strict/'],
  },
  'query parser extended': { set: (app) => app.set('query parser', 'extended'), paths: ['/facts?a[b]=1&a[c]=2'] },
  'query parser simple': { set: (app) => app.set('query parser', 'simple'), paths: ['/facts?a[b]=1'] },
  'query parser off': { set: (app) => app.set('query parser', false), paths: ['/facts?a=1'] },
  'query parser of its own': {
    set: (app) => app.set('query parser', (text: string) => ({ text })),
    paths: ['/facts?a=1'],
  },
  'x-powered-by': { set: (app) => app.disable('x-powered-by'), paths: ['/facts'] },
  'trust proxy': { set: (app) => app.set('trust proxy', true), paths: ['/facts'] },
  'etag off': { set: (app) => app.disable('etag'), paths: ['/facts'] },
  'etag strong': { set: (app) => app.set('etag', 'strong'), paths: ['/facts'] },
  'json spaces': { set: (app) => app.set('json spaces', 2), paths: ['/facts'] },
  'jsonp callback name': { set: (app) => app.set('jsonp callback name', 'cb'), paths: ['/jsonp?cb=f'] },
  views: {
    set: (app) => {
      app.engine('txt', (_path, _options, callback) => callback(null, 'rendered'))
      app.set('views', views)
      app.set('view engine', 'txt')
    },
    paths: ['/page'],
  },
  locals: {
    set: (app) => {
      app.locals.word = 'local'
    },
    paths: ['/local'],
  },
}

function routes(app: Application): void {
  app.get('/strict', (_req, res) => void res.send('strict'))
  app.get('/facts', facts)
  app.get('/jsonp', (_req, res) => void res.jsonp({ a: 1 }))
  app.get('/page', (_req, res) => res.render('page'))
  app.get('/local', (req, res) => void res.send(req.app.locals.word))
}

describe.each(VERSIONS)('settings made after installing on $name', ({ express, major }) => {
  /** What clients see, but for the time of day. */
  async function seen(build: (app: Application) => Application, paths: readonly string[]) {
    const app = express()
    app.set('env', 'test')
    const ask = await serve(build(app))
    const replies = []
    for (const path of paths) {
      const { headers, status, body } = await ask(path, {
        headers: { 'x-forwarded-for': '1.2.3.4', 'x-forwarded-proto': 'https' },
      })
      // The page of an error shows its stack, and that has the guard's frames in it.
      replies.push(status === 500 ? { status } : { status, body, headers: { ...headers, date: '' } })
    }
    return replies
  }

  it.each(Object.entries(SETTINGS))('count: %s', async (_name, { set, paths }) => {
    const build = (isGuarded: boolean) => (app: Application) => {
      if (isGuarded) app.use(guardOf({ reporters: [] }))
      set(app)
      routes(app)
      return app
    }
    const unset = await seen((app) => {
      routes(app)
      return app
    }, paths)
    const bare = await seen(build(false), paths)
    expect(await seen(build(true), paths)).toEqual(bare)
    // Else this setting would show nothing.
    if (!_name.startsWith('query parser')) expect(bare).not.toEqual(unset)
  })

  it.each(Object.entries(SETTINGS))(
    'count in a guarded application that is mounted: %s',
    async (_name, { set, paths }) => {
      const build = (isGuarded: boolean) => (app: Application) => {
        const sub = express()
        if (isGuarded) sub.use(guardOf({ reporters: [] }))
        app.use('/sub', sub)
        set(sub)
        routes(sub)
        return app
      }
      const below = paths.map((path) => `/sub${path}`)
      expect(await seen(build(true), below)).toEqual(await seen(build(false), below))
    },
  )

  it.each(Object.entries(SETTINGS))('count below a guarded parent: %s', async (_name, { set, paths }) => {
    const build = (isGuarded: boolean) => (app: Application) => {
      const sub = express()
      app.use('/sub', sub)
      if (isGuarded) app.use(guardOf({ reporters: [] }))
      set(app)
      routes(sub)
      return app
    }
    const below = paths.map((path) => `/sub${path}`)
    expect(await seen(build(true), below)).toEqual(await seen(build(false), below))
  })

  /** What the application has given its router before the guard: it is used, and its settings are settled. */
  const USED: Readonly<Record<string, (app: Application) => void>> = {
    'a handler of app.param': (app) =>
      app.param('word', (req, _res, next, word) => {
        req.app.locals.word = `the ${word}`
        next()
      }),
    'a middleware that has the name of one of Express': (app) => {
      const query: RequestHandler = (req, _res, next) => {
        req.app.locals.word = 'queried'
        next()
      }
      app.use(query)
    },
    'a handler for any parameter': (app) => {
      // Express 5 has none.
      if (major === 5) app.param('word', (_req, _res, next) => next())
      else {
        const any = () => (req: Request, _res: unknown, next: () => void) => {
          req.app.locals.word = 'any'
          next()
        }
        ;(app.param as unknown as (any: unknown) => void)(any)
        app.param('word', (_req, _res, next) => next())
      }
    },
  }

  it.each(Object.entries(USED))('leave alone what was there before: %s', async (_name, use) => {
    const build = (isGuarded: boolean) => (app: Application) => {
      use(app)
      if (isGuarded) app.use(guardOf({ reporters: [] }))
      app.enable('strict routing')
      app.get('/:word/', (req, res) => void res.json({ word: req.app.locals.word }))
      return app
    }
    expect(await seen(build(true), ['/a', '/a/'])).toEqual(await seen(build(false), ['/a', '/a/']))
  })

  it('are settled where a request has been served', async () => {
    const replies = (isGuarded: boolean) => {
      const app = express()
      app.set('env', 'test')
      if (isGuarded) app.use(guardOf({ reporters: [] }))
      return serve(app).then(async (ask) => {
        const missing = await ask('/strict')
        app.enable('strict routing')
        routes(app)
        return [missing.status, (await ask('/strict')).status, (await ask('/strict/')).status]
      })
    }
    expect(await replies(true)).toEqual(await replies(false))
  })
})
