import type { RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { type Ask, afterwards, guarded } from './serve.ts'
import { VERSIONS } from './versions.ts'

const twice: RequestHandler = (_req, res) => {
  res.send('one')
  res.send('two')
}

const answering: RequestHandler = (_req, res, next) => {
  res.send('one')
  next()
}

describe.each(VERSIONS)('the route of a violation in $name', ({ express, major }) => {
  /** The routes that are told after one request. */
  async function routesOf(build: Parameters<typeof guarded>[1], ...paths: readonly string[]) {
    const { ask, violations } = await guarded(express, build)
    for (const path of paths) await (ask as Ask)(path)
    await afterwards()
    return violations.map(({ route }) => route)
  }

  it('is the pattern, not the URL', async () => {
    expect(await routesOf((app) => app.get('/users/:id', twice), '/users/4711?token=secret')).toEqual(['/users/:id'])
  })

  it('is the root', async () => {
    expect(await routesOf((app) => app.get('/', twice), '/')).toEqual(['/'])
  })

  it('is that of app.route()', async () => {
    expect(await routesOf((app) => app.route('/shelves/:shelf').get(twice), '/shelves/9')).toEqual(['/shelves/:shelf'])
  })

  it('is that of app.all()', async () => {
    expect(await routesOf((app) => app.all('/any/:thing', twice), '/any/9')).toEqual(['/any/:thing'])
  })

  it('holds the mount paths of nested routers, with their parameters', async () => {
    const routes = await routesOf((app) => {
      const users = express.Router()
      users.get('/:id', twice)
      const api = express.Router()
      api.use('/users', users)
      app.use('/api/:version', api)
    }, '/api/v1/users/4711')
    expect(routes).toEqual(['/api/:version/users/:id'])
  })

  it('is the mount path where a router answers at its root', async () => {
    const routes = await routesOf((app) => {
      const users = express.Router()
      users.get('/', twice)
      app.use('/users', users)
    }, '/users/')
    expect(routes).toEqual(['/users'])
  })

  it('is not that of an equal router which is mounted elsewhere', async () => {
    const routes = await routesOf(
      (app) => {
        app.use('/cats', express.Router().get('/:id', twice))
        app.use('/dogs', express.Router().get('/:id', twice))
      },
      '/dogs/1',
      '/cats/1',
    )
    expect(routes).toEqual(['/dogs/:id', '/cats/:id'])
  })

  it('tells one router that is mounted twice apart', async () => {
    const routes = await routesOf(
      (app) => {
        const animals = express.Router()
        animals.get('/:id', twice)
        app.use('/cats', animals)
        app.use('/dogs', animals)
      },
      '/dogs/1',
      '/cats/1',
    )
    expect(routes).toEqual(['/dogs/:id', '/cats/:id'])
  })

  it('holds the mount path of a mounted application', async () => {
    const routes = await routesOf((app) => {
      const admin = express()
      admin.get('/users/:id', twice)
      app.use('/admin', admin)
    }, '/admin/users/4711')
    expect(routes).toEqual(['/admin/users/:id'])
  })

  it('holds the mount path of an application that is mounted on a router', async () => {
    const routes = await routesOf((app) => {
      const admin = express()
      admin.get('/users/:id', twice)
      const api = express.Router()
      api.use('/admin', admin)
      app.use('/api', api)
    }, '/api/admin/users/4711')
    expect(routes).toEqual(['/api/admin/users/:id'])
  })

  it('holds the mount paths of applications that are mounted in one another', async () => {
    const routes = await routesOf((app) => {
      const inner = express()
      inner.get('/c/:id', twice)
      const outer = express()
      outer.use('/b', inner)
      app.use('/a', outer)
    }, '/a/b/c/4711')
    expect(routes).toEqual(['/a/b/c/:id'])
  })

  it('is the path that a middleware is mounted on', async () => {
    expect(await routesOf((app) => app.use('/admin', twice), '/admin/users/4711?token=secret')).toEqual(['/admin'])
  })

  it('is the path that a middleware inside a router is mounted on', async () => {
    const routes = await routesOf((app) => {
      const api = express.Router()
      api.use('/admin', twice)
      app.use('/api', api)
    }, '/api/admin/users')
    expect(routes).toEqual(['/api/admin'])
  })

  it('is nothing where no path was matched', async () => {
    expect(await routesOf((app) => app.use(twice), '/anything/4711?token=secret')).toEqual([undefined])
  })

  it('is nothing for an unmatched request that was passed on after its answer', async () => {
    expect(await routesOf((app) => app.use(answering), '/anything/4711')).toEqual([undefined])
  })

  it.each([
    ['/old/4711', '/old/:id'],
    ['/new/4711', '/new/:id'],
    ['/NEW/4711/', '/new/:id'],
    ['/newer', '/newer'],
  ])('is the one of a list of paths that fits: %s', async (path, route) => {
    expect(await routesOf((app) => app.get(['/old/:id', ['/new/:id', '/newer']] as never, twice), path)).toEqual([
      route,
    ])
  })

  it('is the one in the case of the request, where case decides', async () => {
    const routes = await routesOf((app) => {
      app.enable('case sensitive routing')
      app.get(['/A/:id', '/a/:id'], twice)
    }, '/a/4711')
    expect(routes).toEqual(['/a/:id'])
  })

  it.each([
    ['/one/a/4711', '/one/a/:id'],
    ['/two/b/4711', '/two/b/:id'],
  ])('is the one of lists on the way that fits: %s', async (path, route) => {
    const routes = await routesOf((app) => {
      const router = express.Router()
      router.get(['/a/:id', '/b/:id'], twice)
      app.use(['/one', '/two'], router)
    }, path)
    expect(routes).toEqual([route])
  })

  it('is the one of a list that fits, in an application that is mounted', async () => {
    const routes = await routesOf((app) => {
      const sub = express()
      sub.get(['/a/:id', '/b/:id'], twice)
      app.use('/sub/:name', sub)
    }, '/sub/x/b/4711')
    expect(routes).toEqual(['/sub/:name/b/:id'])
  })

  it('is the source of a regular expression', async () => {
    const [route = ''] = await routesOf((app) => app.get(/^\/files\/(\d+)$/, twice), '/files/4711')
    expect(route).toContain('files')
    expect(route).not.toContain('4711')
  })

  it('is the pattern of a wildcard', async () => {
    const wildcard = major === 4 ? '/files/*' : '/files/*path'
    expect(await routesOf((app) => app.get(wildcard, twice), '/files/a/b')).toEqual([wildcard])
  })

  it('stays the pattern of the route whose handler answers later', async () => {
    const routes = await routesOf((app) => {
      app.get('/later/:id', (_req, res) => {
        res.send('one')
        setImmediate(() => res.send('two'))
      })
    }, '/later/4711')
    expect(routes).toEqual(['/later/:id'])
  })

  it('stays with its mount path where the handler answers later', async () => {
    const routes = await routesOf((app) => {
      const admin = express()
      admin.get('/later/:id', (_req, res) => {
        res.send('one')
        setImmediate(() => res.send('two'))
      })
      app.use('/admin', admin)
    }, '/admin/later/4711')
    expect(routes).toEqual(['/admin/later/:id'])
  })
})

describe.each(VERSIONS.filter(({ major }) => major === 4))('patterns that only $name has', ({ express }) => {
  it.each([
    ['/users/:id?', '/users'],
    ['/users/:id(\\d+)', '/users/4711'],
    ['/flights/:from-:to', '/flights/4711-4712'],
    ['/ab?cd', '/acd'],
  ])('tells %s', async (pattern, path) => {
    const { ask, violations } = await guarded(express, (app) => app.get(pattern, twice))
    await ask(path)
    expect(violations.map(({ route }) => route)).toEqual([pattern])
  })

  // Express 4 keeps no more of a mount path than a regular expression: what it looked like is read back from that.
  it.each([
    ['/users/:id(\\d+)', '/users/4711', ['/users/:id', '/users/:id(\\d+)']],
    ['/users/:id?', '/users/4711', ['/users/:id', '/users/:id?']],
    ['/flights/:from-:to', '/flights/4711-4712', ['/flights/:from-:to']],
    ['/files/*', '/files/4711', ['/files/*', '/files/(.*)']],
    ['/v1.0', '/v1.0/x', ['/v1.0']],
    ['*', '/4711', ['*']],
  ])('reads a mount path back: %s', async (pattern, path, readings) => {
    const { ask, violations } = await guarded(express, (app) => app.use(pattern, twice))
    await ask(path)
    expect(readings).toContain(violations[0]?.route)
  })
})

describe.each(VERSIONS.filter(({ major }) => major === 5))('patterns that only $name has', ({ express }) => {
  it.each([
    ['/users{/:id}', '/users/4711'],
    ['/files/*path', '/files/a/4711'],
    ['/flights/:from-:to', '/flights/4711-4712'],
  ])('tells %s, on a route and as a mount path', async (pattern, path) => {
    const { ask, violations } = await guarded(express, (app) => {
      app.get(pattern, twice)
      app.use(`/below${pattern}`, twice)
    })
    await ask(path)
    await ask(`/below${path}`)
    expect(violations.map(({ route }) => route)).toEqual([pattern, `/below${pattern}`])
  })
})
