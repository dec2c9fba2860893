import { Stream } from 'node:stream'
import { respondOnce as guardListener } from '@respond-once/core/node'
import compression from 'compression'
import type { Express as Application, RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { afterwards, guardOf, keeping, type Reply, serve } from './serve.ts'
import { type Express, VERSIONS } from './versions.ts'

// Express changes a response's prototype wherever a request enters or leaves an application. What was staged or wrapped
// on one side must hold on the other, whichever of them is guarded.

const created: RequestHandler = (_req, res, next) => {
  res.status(201)
  next()
}
const page: RequestHandler = (_req, res) => void res.type('text').send('x'.repeat(5000))

/** `guard` installs the guard, or does nothing. */
type Crossing = (app: Application, express: Express, guard: (app: Application) => void) => void

const CROSSINGS: Readonly<Record<string, Crossing>> = {
  'a status goes along into an application that a handler calls': (app, express, guard) => {
    const host = express()
    host.get('/x', page)
    guard(app)
    app.use(created)
    app.use((req, res) => host(req, res))
  },
  'a status comes back from an application that a handler calls': (app, express, guard) => {
    const host = express()
    host.use(created)
    guard(app)
    app.use((req, res, next) => host(req, res, next))
    app.use(page)
  },
  'compression goes along into an application that a handler calls': (app, express, guard) => {
    const host = express()
    host.get('/x', page)
    guard(app)
    app.use(compression())
    app.use((req, res) => host(req, res))
  },
  'compression goes along into an application on a router': (app, express, guard) => {
    const host = express()
    host.get('/x', page)
    guard(app)
    app.use(compression())
    app.use(express.Router().use(created, host))
  },
  'a status comes back from a guarded application': (app, express, guard) => {
    const sub = express()
    guard(sub)
    sub.use(created)
    app.use(sub)
    app.use(page)
  },
  'compression goes through a guarded application': (app, express, guard) => {
    const sub = express()
    guard(sub)
    app.use(compression())
    app.use(sub)
    app.use(page)
  },
  'compression comes back from a guarded application': (app, express, guard) => {
    const sub = express()
    guard(sub)
    sub.use(compression())
    app.use(sub)
    app.use(created, page)
  },
  'compression goes into a guarded application': (app, express, guard) => {
    const sub = express()
    guard(sub)
    sub.use(created, page)
    app.use(compression())
    app.use(sub)
  },
  'a status goes under a guarded path and out of it': (app, _express, guard) => {
    app.use(created)
    guard(app)
    app.use(page)
  },
}

const GZIP = { headers: { 'accept-encoding': 'gzip' } }

/** What must be equal; a body is compared by its size, for it is compressed. */
const essence = ({ status, ended, body, headers }: Reply) => ({
  status,
  ended,
  size: body.length,
  headers: { ...headers, date: '' },
})

describe.each(VERSIONS)('between applications of $name', ({ express }) => {
  it.each(Object.entries(CROSSINGS))('%s', async (_name, build) => {
    const { violations, options } = keeping()
    const [bare, guarded] = [express(), express()]
    build(bare, express, () => {})
    build(guarded, express, (app) => app.use(guardOf(options)))
    const native = await (await serve(bare))('/x', GZIP)
    const reply = await (await serve(guarded))('/x', GZIP)
    expect(essence(reply)).toEqual(essence(native))
    expect(native).toMatchObject({ ended: 'whole' })
    expect(native.status === 201 || native.headers['content-encoding'] === 'gzip').toBe(true)
    await afterwards()
    expect(violations).toEqual([])
  })

  it('an application without a guard, and what all share, stay as they were', async () => {
    const [app, other] = [express(), express()]
    const shared = Object.getOwnPropertyDescriptors(express.response)
    app.use(guardOf(keeping().options))
    app.get('/x', page)
    other.get('/x', page)
    for (const each of [app, other]) await (await serve(each))('/x')
    expect(Object.getOwnPropertyDescriptors(express.response)).toEqual(shared)
    expect(Reflect.ownKeys(other.response)).toEqual(['app'])
    expect(Object.getPrototypeOf(other.response)).toBe(express.response)
  })

  it('a guarded application keeps its guard where it is mounted on others, and has what their responses have', async () => {
    const { violations, options } = keeping()
    const sub = express()
    sub.use(guardOf(options))
    sub.get('/x', (_req, res) => {
      res.send((res as unknown as { hello(): string }).hello())
      res.send('again')
    })
    for (const name of ['one', 'two']) {
      const parent = express()
      Object.assign(parent.response, { hello: () => name })
      parent.use(sub)
      expect(await (await serve(parent))('/x')).toMatchObject({ body: name, ended: 'whole' })
    }
    await afterwards()
    expect(violations.map(({ kind }) => kind)).toEqual(['double-response', 'double-response'])
  })

  const FIXED: Readonly<Record<string, (response: object) => void>> = {
    frozen: Object.freeze,
    'that has a member which may not be defined anew': (response) =>
      Object.defineProperty(response, 'json', { value: Reflect.get(response, 'json') }),
  }

  it.each(Object.keys(FIXED))('a prototype %s is left as it is', async (key) => {
    for (const where of ['guarded', 'called'] as const) {
      const { violations, options } = keeping()
      const [app, host] = [express(), express()]
      const fixed = where === 'guarded' ? app : host
      FIXED[key]?.(fixed.response)
      app.use(guardOf(options))
      if (where === 'called') app.use((req, res) => host(req, res))
      fixed.get('/x', (_req, res) => {
        res.status(201).json(1)
        res.json(2)
      })
      const ask = await serve(app)
      for (let time = 0; time < 2; time++) expect(await ask('/x')).toMatchObject({ status: 201, body: '1' })
      await afterwards()
      // An application that is called is known from its first response on.
      expect(new Set(violations.map(({ kind }) => kind))).toEqual(new Set(['double-response']))
      expect(violations.length).toBeGreaterThanOrEqual(where === 'guarded' ? 2 : 1)
    }
  })

  it('a late status is seen where one was set before the guarded path', async () => {
    const { violations, options } = keeping()
    const app = express()
    app.use(created)
    app.use('/api', guardOf(options))
    app.get('/api/x', (_req, res) => {
      res.send('x')
      res.status(500)
    })
    const ask = await serve(app)
    expect(await ask('/api/x')).toMatchObject({ status: 201, body: 'x' })
    await afterwards()
    expect(violations.map(({ kind }) => kind)).toEqual(['late-status'])
  })

  it('a status that is set on the prototype of an application is the default of its responses', async () => {
    const app = express()
    app.use(guardOf(keeping().options))
    app.response.statusCode = 202
    app.get('/x', (_req, res) => void res.send('x'))
    const ask = await serve(app)
    for (let time = 0; time < 2; time++) expect(await ask('/x')).toMatchObject({ status: 202, body: 'x' })
  })

  it('a status outlives another guard further in', async () => {
    const inner = guardListener((_req, res) => void res.end('x'), keeping().options)
    const app = express()
    app.get('/x', (req, res) => {
      res.status(404)
      inner(req, res)
    })
    const ask = await serve(guardListener(app, keeping().options) as never)
    for (let time = 0; time < 2; time++) expect(await ask('/x')).toMatchObject({ status: 404, body: 'x' })
  })

  it('a second pipe is refused although compression keeps listeners to itself', async () => {
    const { violations, options } = keeping()
    const app = express()
    app.use(guardOf(options)).use(compression())
    const legacy = (text: string) => {
      const source = Object.assign(new Stream(), { readable: true })
      setImmediate(() => {
        source.emit('data', text)
        source.emit('end')
      })
      return source
    }
    app.get('/x', (_req, res) => {
      legacy('one').pipe(res)
      legacy('two').pipe(res)
    })
    const ask = await serve(app)
    expect(await ask('/x')).toMatchObject({ body: 'one' })
    await afterwards()
    expect(violations.map(({ kind }) => kind)).toEqual(['double-response'])
  })

  it('a second answer is told once where compression was there before the guarded path', async () => {
    const { violations, options } = keeping()
    const app = express()
    app.use(compression())
    app.use('/api', guardOf(options))
    app.get('/api/x', (_req, res) => {
      res.type('text').send('x'.repeat(5000))
      res.end('more')
    })
    const ask = await serve(app)
    expect(await ask('/api/x', GZIP)).toMatchObject({ status: 200, ended: 'whole' })
    await afterwards()
    expect(violations.map(({ kind }) => kind)).toEqual(['double-response'])
  })

  it.each(['query', 'expressInit', 'mounted_app', 'router'])(
    'a handler that is called %s is a handler',
    async (name) => {
      const { violations, options } = keeping()
      const app = express()
      app.use(guardOf(options))
      const twice: RequestHandler = (_req, _res, next) => {
        next()
        next()
      }
      app.use(Object.defineProperty(twice, 'name', { value: name }))
      app.get('/x', (_req, res) => void res.send('x'))
      const ask = await serve(app)
      expect(await ask('/x')).toMatchObject({ body: 'x', ended: 'whole' })
      expect(violations.map(({ kind }) => kind)).toEqual(['next-called-twice'])
    },
  )
})
