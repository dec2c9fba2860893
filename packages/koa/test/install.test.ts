import { IncomingMessage, ServerResponse } from 'node:http'
import http2 from 'node:http2'
import { type AddressInfo, Socket } from 'node:net'
import type Koa from 'koa'
import mount from 'koa-mount'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { respondOnce } from '../src/index.ts'
import { afterwards, guarded, keeping, serve, silent } from './serve.ts'
import { VERSIONS } from './versions.ts'

/** Answers, and answers again later. */
const late: Koa.Middleware = (ctx) => {
  ctx.body = 'first'
  setTimeout(() => {
    ctx.body = 'second'
  }, 2)
}

describe.each(VERSIONS)('installing in $name', ({ Koa, major }) => {
  it('guards the first request, and every later one', async () => {
    const { ask, violations } = await guarded(Koa, (app) => void app.use(late))
    for (const times of [1, 2, 3]) {
      expect(await ask('/')).toMatchObject({ status: 200, body: 'first' })
      await afterwards()
      expect(violations).toHaveLength(times)
    }
  })

  it('does not follow a ctx that a test has made by itself', async () => {
    const { ask, app, violations } = await guarded(Koa, (app) => void app.use(late))
    await ask('/')
    await ask('/')
    const request = new IncomingMessage(new Socket())
    const ctx = app.createContext(request, new ServerResponse(request))
    expect(ctx.lifecycle).toBeUndefined()
    ctx.body = 'first'
    ctx.res.end()
    ctx.status = 201
    expect(violations.filter(({ kind }) => kind === 'late-status')).toEqual([])
    expect(Object.hasOwn(app, 'createContext')).toBe(false)
  })

  it('leaves everything as it is where it is switched off', async () => {
    const { ask, app, violations } = await guarded(Koa, (app) => void app.use(late), { enabled: false })
    expect(await ask('/')).toMatchObject({ body: 'first' })
    await afterwards()
    expect(violations).toEqual([])
    expect([Object.keys(app.context), Object.getOwnPropertyNames(app.response)]).toEqual([[], []])
    expect(Object.hasOwn(app, 'handleRequest')).toBe(false)
  })

  it('does so by the environment too', async () => {
    vi.stubEnv('RESPOND_ONCE', 'off')
    onTestFinished(() => void vi.unstubAllEnvs())
    const { ask, app } = await guarded(Koa, (app) => void app.use(late))
    await ask('/')
    expect(Object.getOwnPropertyNames(app.response)).toEqual([])
  })

  it('twice guards once, and warns', async () => {
    const warnings: unknown[] = []
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation((...args) => void warnings.push(args[1]))
    onTestFinished(() => warn.mockRestore())
    const second = keeping()
    const { ask, violations } = await guarded(Koa, (app) => {
      app.use(respondOnce(second.options))
      app.use(late)
    })
    await ask('/')
    await ask('/')
    await afterwards()
    expect([violations.length, second.violations.length]).toEqual([2, 0])
    expect(warnings).toEqual([{ code: 'RESPOND_ONCE_INSTALLED_TWICE' }])
  })

  it('in a mounted application guards what is below', async () => {
    const { violations, options } = keeping()
    const inner = silent(Koa)
    inner.use(respondOnce(options)).use(late)
    const app = silent(Koa)
    app.use(async (ctx, next) => {
      await next()
      ctx.body = `<${ctx.body}>`
    })
    app.use(mount('/inner', inner as never))
    const ask = await serve(app.callback())
    expect(await ask('/outer')).toMatchObject({ body: '<undefined>' })
    expect(await ask('/inner')).toMatchObject({ body: '<first>' })
    await afterwards()
    expect(violations).toHaveLength(1)
  })

  it('behind other middleware guards from there on', async () => {
    const { violations, options } = keeping()
    const app = silent(Koa)
    app.use(async (ctx, next) => {
      await next()
      // In a turn after the second answer, which would explain it.
      setTimeout(() => setTimeout(() => ctx.set('X-Late', '1'), 2), 2)
    })
    app.use(respondOnce(options)).use(late)
    const ask = await serve(app.callback())
    for (let time = 0; time < 2; time++) expect(await ask('/')).toMatchObject({ body: 'first' })
    await afterwards()
    expect(violations.map(({ kind }) => kind).sort()).toEqual([
      'double-response',
      'double-response',
      'late-header',
      'late-header',
    ])
  })

  it('keeps middleware that is added before the application is served again', async () => {
    const { app, ask } = await guarded(Koa, (app) => void app.use((_ctx, next) => next()))
    expect(await ask('/')).toMatchObject({ status: 404 })
    app.use((ctx) => {
      ctx.body = 'added'
    })
    const again = await serve(app.callback())
    expect(await again('/')).toMatchObject({ body: 'added' })
  })

  it('works over http2', async () => {
    const { violations, options } = keeping()
    const app = silent(Koa)
    app.use(respondOnce(options)).use(late)
    const server = http2.createServer(app.callback() as never).listen(0)
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    for (const times of [1, 2]) {
      const client = http2.connect(`http://localhost:${(server.address() as AddressInfo).port}`)
      const stream = client.request({ ':path': '/' })
      let body = ''
      stream.setEncoding('utf8').on('data', (text) => {
        body += text
      })
      await new Promise((resolve) => stream.once('end', resolve))
      await afterwards()
      client.close()
      expect([body, violations.length]).toEqual(['first', times])
    }
  })

  // Koa 2 is given none.
  if (major === 3) {
    it('leaves composing to the function that Koa 3 was given', async () => {
      const { violations, options } = keeping()
      const calls: number[] = []
      const own = (middleware: readonly Koa.Middleware[]) => {
        calls.push(middleware.length)
        return (ctx: never) => {
          const run = (at: number): Promise<unknown> =>
            Promise.resolve(middleware[at]?.(ctx, (() => run(at + 1)) as Koa.Next))
          return run(0)
        }
      }
      const app = silent(Koa, { compose: own } as never)
      app.use(respondOnce(options)).use(late)
      const ask = await serve(app.callback())
      expect(await ask('/')).toMatchObject({ body: 'first' })
      await afterwards()
      expect([calls, violations.length]).toEqual([[2], 1])
    })
  }
})
