import type { ExpressPrograms } from '../../frameworks/express.ts'
import { findUser } from '../shop.ts'

const users: Readonly<Record<string, { readonly name: string }>> = { 1: { name: 'Ada' } }

export const programs: ExpressPrograms = {
  'missing-return'(app) {
    app.get('/users/:id', (req, res) => {
      const user = users[req.params.id]
      if (!user) {
        res.status(404).json({ error: 'no such user' }) // @first
      }
      res.json({ user }) // @second
    })
  },

  'missing-return-async'(app) {
    app.get('/users/:id', async (req, res) => {
      const user = await findUser(req.params.id)
      if (!user) res.status(404).json({ error: 'no such user' }) // @first
      res.json({ user }) // @second
    })
  },

  'missing-return-after-await'(app) {
    app.get('/users/:id', async (req, res) => {
      if (!users[req.params.id]) res.status(404).json({ error: 'no such user' }) // @first
      const user = await findUser(req.params.id)
      res.json({ user }) // @second
    })
  },

  'both-branches'(app) {
    app.get('/search', (req, res) => {
      const { q, limit } = req.query
      if (!q) res.status(400).send('q is missing') // @first
      if (!limit) res.status(400).send('limit is missing') // @second
    })
  },

  'switch-fall-through'(app) {
    app.get('/export/:format', (req, res) => {
      switch (req.params.format) {
        // biome-ignore lint/suspicious/noFallthroughSwitchClause: it is the mistake
        case 'csv':
          res.type('text/csv').send('id,name') // @first
        default:
          res.status(415).json({ error: 'unknown format' }) // @second
      }
    })
  },

  'helper-answers-too'(app) {
    const requireName = (body: { name?: string }, res: import('express').Response) => {
      if (!body.name) res.status(422).json({ error: 'name is missing' }) // @first
    }
    app.get('/names', (_req, res) => {
      requireName({}, res)
      res.status(201).json({ ok: true }) // @second
    })
  },

  'loop-for'(app) {
    app.get('/items', (_req, res) => {
      for (const item of ['a', 'b']) {
        res.json({ item }) // @first @second
      }
    })
  },

  'loop-for-each'(app) {
    app.get('/items', (_req, res) => {
      const items = ['a', 'b']
      items.forEach((item) => {
        res.json({ item }) // @first @second
      })
    })
  },

  'redirect-then-json'(app) {
    app.get('/old', (_req, res) => {
      res.redirect('/new') // @first
      res.json({ moved: true }) // @second
    })
  },

  'redirect-then-render'(app) {
    app.engine('html', (_path, _options, rendered) => rendered(null, '<h1>Welcome</h1>'))
    app.set('views', `${import.meta.dirname}/../../../fixtures/views`)
    app.set('view engine', 'html')
    app.get('/home', (_req, res) => {
      res.redirect('/login') // @first
      res.render('page') // @second
    })
  },

  'render-then-send'(app) {
    app.engine('html', (_path, _options, rendered) => setTimeout(rendered, 10, null, '<h1>Welcome</h1>'))
    app.set('views', `${import.meta.dirname}/../../../fixtures/views`)
    app.set('view engine', 'html')
    app.get('/home', (_req, res) => {
      res.render('page') // @first
      res.send('done') // @second
    })
  },

  'send-file-then-json'(app) {
    app.get('/report', (_req, res) => {
      res.sendFile('page.txt', { root: `${import.meta.dirname}/../../../fixtures` }) // @first
      res.json({ sent: true }) // @second
    })
  },

  'download-twice'(app) {
    const root = `${import.meta.dirname}/../../../fixtures`
    app.get('/report', (_req, res) => {
      res.download(`${root}/page.txt`) // @first
      res.download(`${root}/page.txt`, 'again.txt') // @second
    })
  },

  'format-after-send'(app) {
    app.get('/thing', (_req, res) => {
      res.send('plain') // @first
      res.format({ json: () => res.json({ thing: 1 }) }) // @second
    })
  },

  'jsonp-twice'(app) {
    app.get('/jsonp', (_req, res) => {
      res.jsonp({ n: 1 }) // @first
      res.jsonp({ n: 2 }) // @second
    })
  },

  'chained-send-status'(app) {
    app.delete('/users/:id', (_req, res) => {
      res.sendStatus(200).json({ deleted: true }) // @first @second
    })
  },

  'chained-end'(app) {
    app.get('/chain', (_req, res) => {
      res.status(200).send('done').end('x') // @first @second
    })
  },

  'chained-over-lines'(app) {
    app.get('/chain', (_req, res) => {
      res
        .status(202)
        .json({ ok: true }) // @first
        .send('accepted') // @second
    })
  },

  'error-handler-answers-twice'(app) {
    app.get('/broken', () => {
      throw new Error('no database')
    })
    app.use(((error, req, res, _next) => {
      if (req.path === '/broken') res.status(503).json({ error: error.message }) // @first
      res.status(500).send('Something broke') // @second
    }) as import('express').ErrorRequestHandler)
  },

  'end-twice-with-text'(app) {
    app.get('/', (_req, res) => {
      res.end('one') // @first
      res.end('two') // @second
    })
  },

  'write-head-twice'(app) {
    app.get('/', (_req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/plain' }) // @first
      res.writeHead(500) // @second
      res.end('ok')
    })
  },
}
