import { describe, expect, it } from 'vitest'
import { afterwards, guardOf, keeping, serve } from './serve.ts'
import { VERSIONS } from './versions.ts'

// Alone in its file: what an earlier installation in the process has hooked for good would hide what is missed here.
describe.each(VERSIONS.filter(({ name }) => name !== 'Express 5.0.0'))(
  'the first guard of a process in $name',
  ({ express }) => {
    it('follows param handlers that were there before it', async () => {
      const { violations, options } = keeping()
      const app = express()
      app.param('id', (_req, _res, next) => {
        next()
        next()
      })
      app.get('/x/:id', (_req, res) => void res.send('x'))
      app.use(guardOf(options))
      const ask = await serve(app)
      expect(await ask('/x/1')).toMatchObject({ body: 'x', ended: 'whole' })
      await afterwards()
      expect(violations.map(({ kind }) => kind)).toEqual(['next-called-twice'])
    })
  },
)
