import type { ErrorRequestHandler, RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { brief, lineOf } from '../../core/test/places.ts'
import { afterwards, guarded } from './serve.ts'
import { VERSIONS } from './versions.ts'

type Build = Parameters<typeof guarded>[1]

const at = (text: string) => lineOf(import.meta.url, text)
const ok: RequestHandler = (_req, res) => void res.send('ok')

describe.each(VERSIONS)('control passed on after the response in $name', ({ express }) => {
  /** What is told of one request for `/x/1`. */
  async function told(build: Build, options: Parameters<typeof guarded>[2] = {}) {
    const { ask, violations } = await guarded(express, build, options)
    const reply = await ask('/x/1')
    await afterwards()
    return { reply, briefs: violations.map(brief), violations }
  }

  it.each(['next()', "next('route')", "next('router')"])('%s after the response', async (how) => {
    const signal = how === 'next()' ? undefined : (how.slice(6, -2) as 'route')
    let reached = 0
    const router = express.Router()
    const { reply, violations, briefs } = await told((app) => {
      router.get('/x/:id', (_req, res, next) => {
        res.send('ok') // responded
        next(signal) // passed
      })
      app.use(router)
      app.use((_req, _res, next) => {
        reached++
        next()
      })
    })
    expect([reply.body, reply.ended]).toEqual(['ok', 'whole'])
    expect(briefs).toEqual([`next-after-response report res.send:${at('// responded')} next:${at('// passed')}`])
    expect(violations[0]?.route).toBe('/x/:id')
    expect(reached).toBe(1)
  })

  it('after the response, asynchronously', async () => {
    const { briefs } = await told((app) => {
      app.get('/x/:id', async (_req, res, next) => {
        res.json({}) // answered-before-await
        await null
        next() // passed-after-await
      })
    })
    const [first, second] = [at('// answered-before-await'), at('// passed-after-await')]
    expect(briefs).toEqual([`next-after-response report res.json:${first} next:${second}`])
  })

  it('after the response, and the later handler answers again: one mistake, the first body stands', async () => {
    const { reply, violations } = await told((app) => {
      app.use((_req, res, next) => {
        res.send('first')
        next()
      })
      app.use(ok)
    })
    expect(reply).toMatchObject({ body: 'first', ended: 'whole' })
    expect(violations.map(({ kind }) => kind)).toEqual(['next-after-response'])
  })

  it('after the response, under throw', async () => {
    const caught: unknown[] = []
    const { reply, violations } = await told(
      (app) => {
        app.use((_req, res, next) => {
          res.send('first')
          try {
            next()
          } catch (error) {
            caught.push((error as NodeJS.ErrnoException).code)
          }
        })
      },
      { policy: 'strict' },
    )
    expect(reply).toMatchObject({ body: 'first', ended: 'whole' })
    expect(violations.map(({ kind, action }) => [kind, action])).toEqual([['next-after-response', 'throw']])
    expect(caught).toEqual(['RESPOND_ONCE_NEXT_AFTER_RESPONSE'])
  })

  it('next(err) after the response: the first response stands, and error handlers run', async () => {
    const errors: unknown[] = []
    const { reply, briefs } = await told((app) => {
      app.get('/x/:id', (_req, res, next) => {
        res.send('first') // answered-then-failed
        next(new Error('late')) // failed-late
      })
      app.use(((error, _req, _res, next) => {
        errors.push(error.message)
        next(error)
      }) as ErrorRequestHandler)
    })
    expect(reply).toMatchObject({ status: 200, body: 'first', ended: 'whole' })
    expect(errors).toEqual(['late'])
    const [first, second] = [at('// answered-then-failed'), at('// failed-late')]
    expect(briefs).toEqual([`error-after-response suppress res.send:${first} next:${second}`])
  })

  it('a throw after the response: the first response stands', async () => {
    const { reply, briefs } = await told((app) => {
      app.get('/x/:id', (_req, res) => {
        res.send('first') // answered-then-threw
        throw new Error('late') // threw-late
      })
    })
    expect(reply).toMatchObject({ status: 200, body: 'first', ended: 'whole' })
    const [first, second] = [at('// answered-then-threw'), at('// threw-late')]
    expect(briefs).toEqual([`error-after-response suppress res.send:${first} throw:${second}`])
  })
})
