import type { RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { guardOf, keeping, serve } from './serve.ts'
import { VERSIONS } from './versions.ts'

/** Answers twice, and says in the first body whether that is guarded. */
const twice: RequestHandler = (_req, res) => {
  res.send(res.lifecycle === undefined ? 'free' : 'guarded')
  try {
    res.send('two')
  } catch {
    // Unguarded, this throws.
  }
}

describe.each(VERSIONS)('installing below a part of $name', ({ express }) => {
  it('guards only what is under its path', async () => {
    const { violations, options } = keeping()
    const app = express()
    app.get('/before', twice)
    app.use('/api', guardOf(options))
    app.get('/api/x', twice)
    app.get('/x', twice)
    const ask = await serve(app)
    for (const path of ['/before', '/x']) expect(await ask(path)).toMatchObject({ body: 'free', ended: 'whole' })
    expect(violations).toEqual([])
    expect(await ask('/api/x')).toMatchObject({ body: 'guarded', ended: 'whole' })
    expect(violations.map(({ kind, route }) => [kind, route])).toEqual([['double-response', '/api/x']])
  })

  it('guards only what is under its paths', async () => {
    const { violations, options } = keeping()
    const app = express()
    app.use(['/a', '/b'], guardOf(options))
    app.use(twice)
    const ask = await serve(app)
    const bodies = []
    for (const path of ['/a', '/b/deep', '/c']) bodies.push((await ask(path)).body)
    expect(bodies).toEqual(['guarded', 'guarded', 'free'])
    expect(violations).toHaveLength(2)
  })

  it('guards what is under its path although it is given in a list', async () => {
    const { violations, options } = keeping()
    const app = express()
    app.use('/api', [guardOf(options), twice])
    const ask = await serve(app)
    expect(await ask('/api/x')).toMatchObject({ body: 'guarded', ended: 'whole' })
    expect(violations).toHaveLength(1)
  })

  it('guards only what is below its router', async () => {
    const { violations, options } = keeping()
    const router = express.Router()
    router.get('/early', twice)
    router.use(guardOf(options))
    router.get('/x', twice)
    const app = express()
    app.use('/api', router)
    app.get('/x', twice)
    const ask = await serve(app)
    const bodies = []
    for (const path of ['/x', '/api/early', '/api/x', '/x']) bodies.push((await ask(path)).body)
    expect(bodies).toEqual(['free', 'free', 'guarded', 'free'])
    expect(violations.map(({ route }) => route)).toEqual(['/api/x'])
  })

  it('follows next below its router, from the first request on', async () => {
    const { violations, options } = keeping()
    const router = express.Router()
    router.use(guardOf(options))
    router.use((_req, _res, next) => {
      next()
      next()
    })
    router.get('/x', (_req, res) => void res.send('x'))
    const app = express()
    app.use(router)
    const ask = await serve(app)
    expect(await ask('/x')).toMatchObject({ body: 'x', ended: 'whole' })
    expect(violations.map(({ kind }) => kind)).toEqual(['next-called-twice'])
  })

  it('serves a router that no application holds', async () => {
    const { violations, options } = keeping()
    const router = express.Router()
    router.use(guardOf(options))
    router.use((_req, res) => {
      res.end('one')
      res.end('two')
    })
    const ask = await serve((req, res) => router(req as never, res as never, () => res.end('nobody')))
    expect(await ask('/x')).toMatchObject({ body: 'one', ended: 'whole' })
    expect(violations.map(({ kind }) => kind)).toEqual(['double-response'])
  })

  it.each(['before', 'after'])('guards a mounted application when it is installed %s mounting', async (when) => {
    const { violations, options } = keeping()
    const [app, sub] = [express(), express()]
    if (when === 'before') sub.use(guardOf(options))
    sub.get('/x', twice)
    app.use('/sub', sub)
    if (when === 'after') sub.use(guardOf(options))
    app.get('/x', twice)
    const ask = await serve(app)
    expect(await ask('/x')).toMatchObject({ body: 'free' })
    expect(await ask('/sub/x')).toMatchObject({ body: 'guarded', ended: 'whole' })
    expect(await ask('/x')).toMatchObject({ body: 'free' })
    expect(violations.map(({ kind, route }) => [kind, route])).toEqual([['double-response', '/sub/x']])
  })

  it.each(['before', 'after'])('guards a mounted application from its parent, installed %s mounting', async (when) => {
    const { violations, options } = keeping()
    const [app, sub] = [express(), express()]
    if (when === 'before') app.use(guardOf(options))
    sub.get('/x', twice)
    app.use('/sub', sub)
    if (when === 'after') app.use(guardOf(options))
    const ask = await serve(app)
    expect(await ask('/sub/x')).toMatchObject({ body: 'guarded', ended: 'whole' })
    expect(violations).toHaveLength(1)
  })

  it('lets the outermost guard decide where both applications have one', async () => {
    const [outer, inner] = [keeping({ policy: 'observe' }), keeping({ policy: 'protect' })]
    const [app, sub] = [express(), express()]
    sub.use(guardOf(inner.options))
    sub.get('/x', twice)
    app.use(guardOf(outer.options))
    app.use('/sub', sub)
    const ask = await serve(app)
    expect(await ask('/sub/x')).toMatchObject({ body: 'guarded', ended: 'whole' })
    expect([outer.violations.length, inner.violations.length]).toEqual([1, 0])
  })

  it('guards an application that a handler calls', async () => {
    const { violations, options } = keeping()
    const [app, host] = [express(), express()]
    host.get('/x', twice)
    app.use(guardOf(options))
    // As vhost does.
    app.use((req, res, next) => host(req, res, next))
    const ask = await serve(app)
    expect(await ask('/x')).toMatchObject({ body: 'guarded', ended: 'whole' })
    expect(violations.map(({ kind }) => kind)).toEqual(['double-response'])
  })
})
