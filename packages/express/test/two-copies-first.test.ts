import { describe, expect, it } from 'vitest'
import { guardOf, keeping, serve } from './serve.ts'
import { VERSIONS } from './versions.ts'

// Alone in its file: each copy of Express may be guarded from outside only, or what is missed would not show.
const [newest, , older] = VERSIONS

describe('a copy of Express that no guard was installed on', () => {
  it('is followed inside of another that is guarded', async () => {
    const { violations, options } = keeping()
    const [app, sub] = [newest.express(), older.express()]
    app.use(guardOf(options))
    sub.use((_req, _res, next) => {
      next()
      next()
    })
    sub.get('/x', (_req, res) => void res.send('one'))
    app.use('/sub', sub)
    const ask = await serve(app)
    expect(await ask('/sub/x')).toMatchObject({ status: 200, body: 'one', ended: 'whole' })
    expect(violations.map(({ kind }) => kind)).toEqual(['next-called-twice'])
  })
})
