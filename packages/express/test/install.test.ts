import type { RequestHandler } from 'express'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { brief } from '../../core/test/places.ts'
import { lifecycleOf } from '../src/index.ts'
import { afterwards, guarded, guardOf, keeping, serve } from './serve.ts'
import { VERSIONS } from './versions.ts'

const twice: RequestHandler = (_req, res) => {
  res.send('one')
  res.send('two')
}

interface Stack {
  readonly stack: readonly { readonly name: string }[]
}

const kinds = (violations: readonly { readonly kind: string }[]) => violations.map(({ kind }) => kind)

afterEach(() => vi.unstubAllEnvs())

describe.each(VERSIONS)('installing on $name', ({ express, major }) => {
  /** The layers of the application's own router, by name. */
  const layersOf = (app: object): readonly string[] => {
    const routers = app as { _router?: Stack; router: Stack }
    const { stack } = major === 4 ? (routers._router ?? { stack: [] }) : routers.router
    return stack.map(({ name }) => name).filter((name) => name !== 'query' && name !== 'expressInit')
  }

  it('guards every route when it comes first', async () => {
    const { ask, violations } = await guarded(express, (app) => app.get('/x', twice))
    expect(await ask('/x')).toMatchObject({ status: 200, body: 'one', ended: 'whole' })
    expect(kinds(violations)).toEqual(['double-response'])
  })

  it('guards routes that were there before it', async () => {
    const { violations, options } = keeping()
    const app = express()
    app.get('/x', twice)
    app.use(guardOf(options))
    const ask = await serve(app)
    expect(await ask('/x')).toMatchObject({ body: 'one', ended: 'whole' })
    expect(kinds(violations)).toEqual(['double-response'])
  })

  it('guards routes that were there before it while requests were already served', async () => {
    const { violations, options } = keeping()
    const app = express()
    app.get('/x', twice)
    const ask = await serve(app)
    await ask('/missing')
    app.use(guardOf(options))
    await ask('/x')
    expect(kinds(violations)).toEqual(['double-response'])
  })

  it('leaves no layer, first or last', () => {
    const app = express()
    app.use(guardOf({}))
    expect(layersOf(app)).toEqual([])
    app.use(function own(_req, _res, next) {
      next()
    })
    const late = express()
    late.use(function own(_req, _res, next) {
      next()
    })
    late.use(guardOf({}))
    expect([layersOf(app), layersOf(late)]).toEqual([['own'], ['own']])
  })

  it('is found in a list of middlewares', async () => {
    const { violations, options } = keeping()
    const app = express()
    const seen: string[] = []
    app.use([
      guardOf(options),
      ((req, _res, next) => {
        seen.push(req.url)
        next()
      }) as RequestHandler,
    ])
    app.get('/x', twice)
    const ask = await serve(app)
    expect(await ask('/x')).toMatchObject({ body: 'one', ended: 'whole' })
    expect(seen).toEqual(['/x'])
    expect(kinds(violations)).toEqual(['double-response'])
  })

  it('is found among the middlewares of one call', async () => {
    const { violations, options } = keeping()
    const app = express()
    const seen: string[] = []
    const see: RequestHandler = (req, _res, next) => {
      seen.push(req.url)
      next()
    }
    app.use(see, guardOf(options), see)
    app.get('/x', twice)
    const ask = await serve(app)
    expect(await ask('/x')).toMatchObject({ body: 'one', ended: 'whole' })
    expect([seen, kinds(violations)]).toEqual([['/x', '/x'], ['double-response']])
  })

  it('is found behind an explicit root path', async () => {
    const { violations, options } = keeping()
    const app = express()
    app.use('/', guardOf(options))
    expect(layersOf(app)).toEqual([])
    app.get('/x', twice)
    const ask = await serve(app)
    await ask('/x')
    expect(kinds(violations)).toEqual(['double-response'])
  })

  it('guards once when it is installed twice, and warns', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const [one, other] = [keeping(), keeping()]
    const app = express()
    app.use(guardOf(one.options))
    app.use(guardOf(other.options))
    app.get('/x', twice)
    const ask = await serve(app)
    expect(await ask('/x')).toMatchObject({ body: 'one', ended: 'whole' })
    await afterwards()
    expect([kinds(one.violations), kinds(other.violations)]).toEqual([['double-response'], []])
    expect(warn).toHaveBeenCalledOnce()
    expect(warn.mock.calls[0]?.[1]).toMatchObject({ code: 'RESPOND_ONCE_INSTALLED_TWICE' })
    warn.mockRestore()
  })

  it('serves two applications with one middleware', async () => {
    const { violations, options } = keeping()
    const guard = guardOf(options)
    const apps = [express(), express()]
    for (const app of apps) {
      app.use(guard)
      app.get('/x', twice)
    }
    for (const app of apps) await (await serve(app))('/x')
    expect(kinds(violations)).toEqual(['double-response', 'double-response'])
  })

  it('keeps two guarded applications of one process apart', async () => {
    const strict = await guarded(express, (app) => app.get('/x', twice), { policy: 'strict' })
    const protecting = await guarded(express, (app) => app.get('/x', twice))
    expect(await protecting.ask('/x')).toMatchObject({ body: 'one', ended: 'whole' })
    expect(protecting.violations.map(({ action }) => action)).toEqual(['suppress'])
    await strict.ask('/x')
    expect(strict.violations.map(({ action }) => action)).toEqual(['throw'])
    expect(protecting.violations).toHaveLength(1)
  })

  it('leaves an unguarded application of the process alone', async () => {
    const { violations } = await guarded(express, (app) => app.get('/x', twice))
    const app = express()
    const thrown: unknown[] = []
    app.get('/x', (_req, res) => {
      expect(lifecycleOf(res)).toBeUndefined()
      expect(res.lifecycle).toBeUndefined()
      expect(res.send).toBe(express.response.send)
      res.send('one')
      try {
        res.send('two')
      } catch (error) {
        thrown.push((error as NodeJS.ErrnoException).code)
      }
    })
    const ask = await serve(app)
    expect(await ask('/x')).toMatchObject({ body: 'one', ended: 'whole' })
    expect([thrown, violations]).toEqual([['ERR_HTTP_HEADERS_SENT'], []])
  })

  it.each(['enabled: false', 'RESPOND_ONCE=off'])('does nothing with %s', async (way) => {
    if (way === 'RESPOND_ONCE=off') vi.stubEnv('RESPOND_ONCE', 'off')
    const { violations, options } = keeping(way === 'enabled: false' ? { enabled: false } : {})
    const app = express()
    const handleOf = (from: object) => (from as { handle?: unknown }).handle
    const untouched = { handle: handleOf(app), keys: Reflect.ownKeys(app.response) }
    app.use(guardOf(options))
    expect(layersOf(app)).toEqual([])
    expect({ handle: handleOf(app), keys: Reflect.ownKeys(app.response) }).toEqual(untouched)
    const codes: unknown[] = []
    app.get('/x', (_req, res) => {
      res.send('one')
      try {
        res.send('two')
      } catch (error) {
        codes.push((error as NodeJS.ErrnoException).code)
      }
    })
    const ask = await serve(app)
    expect(await ask('/x')).toMatchObject({ body: 'one', ended: 'whole' })
    expect([codes, violations]).toEqual([['ERR_HTTP_HEADERS_SENT'], []])
  })

  it('still refuses bad options where it is switched off', () => {
    expect(() => guardOf({ enabled: false, policy: 'protct' as never })).toThrow(
      expect.objectContaining({ code: 'RESPOND_ONCE_INVALID_OPTIONS' }),
    )
  })

  it('guards what was built before a guard of a parent', async () => {
    const { violations, options } = keeping()
    const sub = express()
    sub.get('/x', twice)
    const app = express()
    app.use('/sub', sub)
    app.use(guardOf(options))
    const ask = await serve(app)
    expect(await ask('/sub/x')).toMatchObject({ body: 'one', ended: 'whole' })
    expect(violations.map(brief)).toHaveLength(1)
    expect(violations[0]?.route).toBe('/sub/x')
  })
})
