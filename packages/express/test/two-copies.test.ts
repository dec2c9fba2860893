import type { RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { afterwards, guardOf, keeping, serve } from './serve.ts'
import { VERSIONS } from './versions.ts'

// While an application moves from one major to the next, one process holds two copies of Express.
const PAIRS = VERSIONS.flatMap((outer) =>
  VERSIONS.filter((inner) => inner !== outer).map((inner) => ({ outer, inner })),
)
const named = PAIRS.map(({ outer, inner }) => ({
  name: `${inner.name} in ${outer.name}`,
  outer: outer.express,
  inner: inner.express,
}))

const nextTwice: RequestHandler = (_req, _res, next) => {
  next()
  next()
}

describe.each(named)('$name', ({ outer, inner }) => {
  async function visit(whose: 'outer' | 'inner', build: (sub: ReturnType<typeof inner>) => void) {
    const { violations, options } = keeping()
    const [app, sub] = [outer(), inner()]
    const guarded = whose === 'outer' ? app : sub
    guarded.use(guardOf(options))
    build(sub)
    app.use('/sub', sub)
    app.use((_req, res) => void res.status(404).send('outside'))
    const ask = await serve(app)
    const { status, body, ended } = await ask('/sub/x/1')
    await afterwards()
    return { reply: [status, body, ended], told: violations.map(({ kind, route }) => [kind, route]) }
  }

  it.each(['outer', 'inner'] as const)('a second answer is found by the guard of the %s application', async (whose) => {
    const { reply, told } = await visit(whose, (sub) => {
      sub.get('/x/:id', (_req, res) => {
        res.status(201).send('one')
        res.send('two')
      })
    })
    expect([reply, told]).toEqual([[201, 'one', 'whole'], [['double-response', '/sub/x/:id']]])
  })

  it.each(['outer', 'inner'] as const)('next() twice is found by the guard of the %s application', async (whose) => {
    const { reply, told } = await visit(whose, (sub) => {
      sub.use(nextTwice)
      sub.get('/x/:id', (_req, res) => void res.send('one'))
    })
    expect([reply, told.map(([kind]) => kind)]).toEqual([[200, 'one', 'whole'], ['next-called-twice']])
  })

  it.each(['outer', 'inner'] as const)(
    'what falls through is answered outside, with the guard of the %s one',
    async (whose) => {
      const { reply, told } = await visit(whose, (sub) => sub.use((_req, _res, next) => next()))
      expect([reply, told]).toEqual([[404, 'outside', 'whole'], []])
    },
  )
})
