import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type Koa from 'koa'
import { describe, expect, it, onTestFinished } from 'vitest'
import { brief, lineOf } from '../../core/test/places.ts'
import { definePolicy, type GuardOptions, type Rule } from '../src/index.ts'
import { guarded } from './serve.ts'
import { VERSIONS } from './versions.ts'

const at = (text: string) => lineOf(import.meta.url, text)

const rule = (overwritten: Rule<'body-overwritten'>): GuardOptions => ({
  policy: definePolicy({ rules: { 'body-overwritten': overwritten } }),
})

/** A refusal without its return. */
function secret(app: Koa): void {
  app.use((ctx) => {
    if (ctx.path === '/') {
      ctx.status = 401
      ctx.set('WWW-Authenticate', 'Basic')
      ctx.body = { error: 'who are you?' } // refuses
    }
    ctx.status = 200
    ctx.set('X-Secret', '1')
    ctx.body = { secret: 42 } // falls through
    ctx.remove('WWW-Authenticate')
    ctx.type = 'text/plain'
  })
}

describe.each(VERSIONS)('a body that is overwritten in $name', ({ Koa }) => {
  it('is reported, and the client gets what it gets without the guard', async () => {
    const { ask, violations } = await guarded(Koa, secret)
    expect(await ask('/')).toMatchObject({ status: 200, body: '{"secret":42}' })
    expect(violations.map(brief)).toEqual([
      `body-overwritten report ctx.body:${at('// refuses')} ctx.body:${at('// falls through')}`,
    ])
    expect(violations[0]).toMatchObject({ cause: 'missing-return', first: { statusCode: 401 } })
  })

  it('stands whole under suppress: body, status and headers', async () => {
    const { ask, violations } = await guarded(Koa, secret, rule('suppress'))
    const { status, body, headers } = await ask('/')
    expect([status, body]).toEqual([401, '{"error":"who are you?"}'])
    expect(headers).toMatchObject({ 'www-authenticate': 'Basic', 'content-type': 'application/json; charset=utf-8' })
    expect(headers).not.toHaveProperty('x-secret')
    expect(violations).toHaveLength(1)
  })

  it('throws at the second under throw', async () => {
    const { ask, app, violations } = await guarded(Koa, secret, rule('throw'))
    const errors: Error[] = []
    app.on('error', (error) => errors.push(error))
    expect(await ask('/')).toMatchObject({ status: 500 })
    expect(errors).toMatchObject([{ name: 'ResponseViolationError', code: 'RESPOND_ONCE_BODY_OVERWRITTEN' }])
    expect(violations).toHaveLength(1)
  })

  it('is not looked at where the rule is off', async () => {
    const { ask, violations } = await guarded(Koa, secret, rule('off'))
    expect(await ask('/')).toMatchObject({ status: 200, body: '{"secret":42}' })
    expect(violations).toEqual([])
  })

  it('names both places in production, at the first request', async () => {
    const { ask, violations } = await guarded(Koa, secret, { trace: 'adaptive' })
    await ask('/')
    expect(violations.map(brief)).toEqual([
      `body-overwritten report ctx.body:${at('// refuses')} ctx.body:${at('// falls through')}`,
    ])
  })

  it('cannot be known without any trace', async () => {
    const { ask, violations } = await guarded(Koa, secret, { trace: 'never' })
    await ask('/')
    expect(violations).toEqual([])
  })

  it('counts any first answer where the rule says so', async () => {
    const build = (app: Koa) => {
      app.use((ctx) => {
        if (ctx.path === '/') {
          ctx.body = 'one'
        }
        ctx.body = 'two'
      })
    }
    const gentle = await guarded(Koa, build)
    await gentle.ask('/')
    expect(gentle.violations).toEqual([])
    const { ask, violations } = await guarded(Koa, build, rule(['report', { onlyRefusals: false }]))
    await ask('/')
    expect(violations).toMatchObject([{ kind: 'body-overwritten', first: { statusCode: 200 } }])
  })

  it('after a redirect is an object, not the text of its page', async () => {
    const { ask, violations } = await guarded(Koa, (app) => {
      app.use((ctx) => {
        if (ctx.get('Cookie') === '') ctx.redirect('/login')
        if (ctx.path === '/text') ctx.body = 'Please log in.'
        else ctx.body = { secret: 42 }
      })
    })
    await ask('/text')
    expect(violations).toEqual([])
    await ask('/object')
    expect(violations).toMatchObject([{ kind: 'body-overwritten', first: { operation: 'ctx.redirect' } }])
  })
})

describe('where the source cannot be read', () => {
  /** A middleware whose file is gone when it runs. */
  async function unreadable(status: number): Promise<Koa.Middleware> {
    const folder = await mkdtemp(join(tmpdir(), 'respond-once-koa-'))
    const file = join(folder, `gone-${status}.mjs`)
    writeFileSync(
      file,
      `export const middleware = (ctx) => {\n ctx.status = ${status}\n ctx.body = 1\n ctx.body = 2\n}\n`,
    )
    const { middleware } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { middleware: Koa.Middleware }
    await rm(folder, { recursive: true })
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    return middleware
  }

  it.each([
    [401, 1],
    [403, 1],
    [404, 0],
  ])('a first answer with %i is told %i times', async (status, times) => {
    const middleware = await unreadable(status)
    const { ask, violations } = await guarded(VERSIONS[0].Koa, (app) => void app.use(middleware))
    await ask('/')
    expect(violations).toHaveLength(times)
  })
})
