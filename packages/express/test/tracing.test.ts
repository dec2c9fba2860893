import type { Express as Application } from 'express'
import { describe, expect, it, vi } from 'vitest'
import { lineOf } from '../../core/test/places.ts'
import type { GuardOptions } from '../src/index.ts'
import { afterwards, guarded, guardOf, keeping, serve } from './serve.ts'
import { VERSIONS } from './versions.ts'

const at = (text: string) => lineOf(import.meta.url, text)

const build = (app: Application) => {
  app.get('/x/:id', (_req, res) => {
    res.send('one') // first
    res.send('two') // second
  })
  app.get('/y', (_req, res) => {
    res.json({ n: 1 }) // y-first
    res.json({ n: 2 }) // y-second
  })
}

describe.each(VERSIONS)('tracing in $name', ({ express }) => {
  /** The lines that are told, request by request. */
  async function lines(trace: GuardOptions['trace'], paths: readonly string[], routes = build) {
    const { ask, violations } = await guarded(express, routes, { trace } as GuardOptions)
    for (const path of paths) {
      await ask(path)
      await afterwards(5)
    }
    return violations.map(({ first, second }) => [first?.site?.line, second?.site?.line])
  }

  it('always: both places at once', async () => {
    expect(await lines('always', ['/x/1'])).toEqual([[at('// first'), at('// second')]])
  })

  it('never: only the second place, however often', async () => {
    const only = [undefined, at('// second')]
    expect(await lines('never', ['/x/1', '/x/1', '/x/1'])).toEqual([only, only, only])
  })

  it('adaptive: both places from the second time on, on that route', async () => {
    expect(await lines('adaptive', ['/x/1', '/x/2', '/y', '/y', '/x/3'])).toEqual([
      [undefined, at('// second')],
      [at('// first'), at('// second')],
      [undefined, at('// y-second')],
      [at('// y-first'), at('// y-second')],
      [at('// first'), at('// second')],
    ])
  })

  it('adaptive: where a middleware answered first and a route came second', async () => {
    const routes = (app: Application) => {
      app.use((_req, res, next) => {
        res.send('one') // middleware
        next()
      })
      app.get('/x', (_req, res) => void res.send('two')) // route
    }
    const policy = { rules: { 'next-after-response': 'off' } } as const
    const { ask, violations } = await guarded(express, routes, { trace: 'adaptive', policy })
    for (const _time of [1, 2, 3]) await ask('/x')
    expect(violations.map(({ first, second }) => [first?.site?.line, second?.site?.line])).toEqual([
      [undefined, at('// route')],
      [at('// middleware'), at('// route')],
      [at('// middleware'), at('// route')],
    ])
  })

  it('adaptive: where one handler passed on twice', async () => {
    const routes = (app: Application) => {
      app.use((_req, _res, next) => {
        next() // pass-first
        next() // pass-second
      })
      app.get('/x', (_req, res) => void res.send('one'))
    }
    expect(await lines('adaptive', ['/x', '/x', '/x'], routes)).toEqual([
      [undefined, at('// pass-second')],
      [at('// pass-first'), at('// pass-second')],
      [at('// pass-first'), at('// pass-second')],
    ])
  })

  it.each([
    ['production', [undefined, at('// second')]],
    ['development', [at('// first'), at('// second')]],
  ])('by default in %s', async (environment, expected) => {
    vi.stubEnv('NODE_ENV', environment)
    const { violations, options } = keeping()
    const { trace, ...defaults } = options
    const app = express()
    app.use(guardOf(defaults))
    build(app)
    const ask = await serve(app)
    vi.unstubAllEnvs()
    await ask('/x/1')
    expect(violations.map(({ first, second }) => [first?.site?.line, second?.site?.line])).toEqual([expected])
  })

  it('the same mistake has one fingerprint, traced or not is another matter', async () => {
    const prints = new Set<string>()
    for (const _time of [1, 2]) {
      const { ask, violations } = await guarded(express, build)
      await ask('/x/1')
      await ask('/x/2')
      for (const { fingerprint } of violations) prints.add(fingerprint)
    }
    expect(prints.size).toBe(1)
    expect([...prints][0]).toMatch(/^[0-9a-f]{16}$/)
  })
})
