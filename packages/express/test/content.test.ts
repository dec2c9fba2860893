import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { afterwards, guarded } from './serve.ts'
import { VERSIONS } from './versions.ts'

/** Text that cannot be in a violation by chance. */
const secret = fc.stringMatching(/^[A-Za-z0-9]{12,24}$/).map((text) => `zq${text}`)

describe.each(VERSIONS)('what a violation holds in $name', ({ express }) => {
  it('is nothing of a request or a response', async () => {
    const { ask, violations } = await guarded(express, (app) => {
      const api = express.Router()
      api.param('id', (req, res, next, value) => {
        res.cookie('seen', value)
        if (req.query.path === 'param') next()
        next()
      })
      api.all('/:id', async (req, res, next) => {
        let body = ''
        for await (const chunk of req) body += chunk
        res.set('x-echo', req.get('x-secret'))
        res.cookie('session', req.query.token)
        res.status(200).send(body + req.headers.cookie)
        res.cookie('late', String(req.query.token))
        res.json({ body, query: req.query, headers: req.headers })
        if (req.query.path === 'next') next()
        if (req.query.path === 'throw') throw new Error(`${body} ${req.query.token} ${req.headers.cookie}`)
      })
      app.use('/api/:tenant', api)
      app.use((_req, res, next) => {
        res.send(String(_req.query.token))
        next(new Error(String(_req.query.token)))
      })
    })
    let told = 0
    await fc.assert(
      fc.asyncProperty(
        fc.record({ body: secret, header: secret, cookie: secret, token: secret, id: secret, tenant: secret }),
        fc.constantFrom('plain', 'next', 'throw', 'param', 'unmatched'),
        async ({ body, header, cookie, token, id, tenant }, path) => {
          violations.length = 0
          const target = path === 'unmatched' ? `/${tenant}/${id}` : `/api/${tenant}/${id}`
          await ask(`${target}?token=${token}&path=${path}`, {
            method: 'POST',
            body,
            headers: { 'x-secret': header, cookie: `session=${cookie}`, authorization: `Bearer ${token}` },
          })
          await afterwards(3)
          told += violations.length
          const text = JSON.stringify(violations)
          for (const part of [body, header, cookie, token, id, tenant]) expect(text).not.toContain(part)
          for (const { route } of violations) expect(['/api/:tenant/:id', '/api/:tenant', undefined]).toContain(route)
        },
      ),
      { numRuns: 60 },
    )
    // Else nothing would have been looked at.
    expect(told).toBeGreaterThan(40)
  })
})
