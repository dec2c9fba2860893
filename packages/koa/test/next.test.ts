import type Koa from 'koa'
import { describe, expect, it } from 'vitest'
import { brief, lineOf } from '../../core/test/places.ts'
import { ResponseViolationError } from '../src/index.ts'
import { guarded } from './serve.ts'
import { VERSIONS } from './versions.ts'

const at = (text: string) => lineOf(import.meta.url, text)

describe.each(VERSIONS)('next() twice in $name', ({ Koa }) => {
  /** What the second call came to. */
  function twice(outcomes: unknown[]): (app: Koa) => void {
    return (app) => {
      app.use(async (_ctx, next) => {
        const first = next() // first
        try {
          const second = next() // second
          outcomes.push(second === first ? 'the promise of the first' : 'another promise')
          await second
        } catch (error) {
          outcomes.push(error)
        }
        await first
      })
      app.use(async (ctx) => {
        ctx.body = 'ok'
      })
    }
  }

  it('is told with both places, and returns the promise of the first', async () => {
    const outcomes: unknown[] = []
    const { ask, violations } = await guarded(Koa, twice(outcomes))
    expect(await ask('/')).toMatchObject({ status: 200, body: 'ok' })
    expect(outcomes).toEqual(['the promise of the first'])
    expect(violations.map(brief)).toEqual([`next-called-twice suppress next:${at('// first')} next:${at('// second')}`])
  })

  it("keeps Koa's own rejection where it is only reported", async () => {
    const outcomes: unknown[] = []
    const { ask, violations } = await guarded(Koa, twice(outcomes), { policy: 'observe' })
    expect(await ask('/')).toMatchObject({ status: 200, body: 'ok' })
    expect(outcomes).toMatchObject(['another promise', { name: 'Error', message: 'next() called multiple times' }])
    expect(violations).toHaveLength(1)
  })

  it("rejects with ours where it throws, and Koa's is the cause", async () => {
    const outcomes: unknown[] = []
    const { ask } = await guarded(Koa, twice(outcomes), { policy: 'strict' })
    await ask('/')
    expect(outcomes[1]).toBeInstanceOf(ResponseViolationError)
    expect((outcomes[1] as Error).cause).toMatchObject({ message: 'next() called multiple times' })
  })

  it('is not told for one function that is used three times', async () => {
    const { ask, violations } = await guarded(Koa, (app) => {
      const same: Koa.Middleware = (_ctx, next) => next()
      app.use(same).use(same).use(same)
      app.use((ctx) => {
        ctx.body = 'ok'
      })
    })
    expect(await ask('/')).toMatchObject({ body: 'ok' })
    expect(violations).toEqual([])
  })
})
