import { resolve } from 'node:path'
import type { ExpressPrograms } from '../../frameworks/express.ts'
import { findUser, saveAudit } from '../shop.ts'

const fixtures = resolve(import.meta.dirname, '../../../fixtures')

export const programs: ExpressPrograms = {
  'plain-json'(app) {
    app.get('/users/:id', async (req, res) => {
      res.json(await findUser(req.params.id))
    })
  },

  'text-with-etag'(app) {
    app.get('/', (_req, res) => {
      res.send('hello')
    })
  },

  'buffer-and-type'(app) {
    app.get('/', (_req, res) => {
      res.type('png').send(Buffer.from([1, 2, 3]))
    })
  },

  'head-of-get'(app) {
    app.get('/', (_req, res) => {
      res.json({ hello: 'world' })
    })
  },

  'not-modified'(app) {
    app.get('/', (_req, res) => {
      res.set('ETag', '"v1"')
      res.send('hello')
    })
  },

  'explicit-304'(app) {
    app.get('/', (_req, res) => {
      res.status(304).set('ETag', '"v1"').end()
    })
  },

  'send-status-204'(app) {
    app.delete('/', (_req, res) => {
      res.sendStatus(204)
    })
  },

  'status-204-end'(app) {
    app.delete('/', (_req, res) => {
      res.status(204).end()
    })
  },

  redirect(app) {
    app.get('/', (_req, res) => {
      res.redirect(301, '/new?x=1')
    })
  },

  'redirect-then-end'(app) {
    app.get('/', (_req, res) => {
      res.redirect('/new')
      res.end()
    })
  },

  'send-then-end'(app) {
    app.get('/', (_req, res) => {
      res.send('done').end()
    })
  },

  'end-in-finally'(app) {
    app.get('/', async (_req, res) => {
      try {
        await saveAudit()
        res.json({ ok: true })
      } finally {
        res.end()
      }
    })
  },

  'end-with-empty-text'(app) {
    app.get('/', (_req, res) => {
      res.end('done')
      res.end('')
    })
  },

  jsonp(app) {
    app.get('/', (_req, res) => {
      res.jsonp({ n: 1 })
    })
  },

  cookies(app) {
    app.get('/', (_req, res) => {
      res.cookie('a', '1', { httpOnly: true })
      res.clearCookie('b')
      res.append('Set-Cookie', 'c=3')
      res.vary('Accept').links({ next: '/2' }).location('/here').send('ok')
    })
  },

  'status-set-often'(app) {
    app.get('/', (_req, res) => {
      res.status(500)
      res.statusCode = 404
      res.status(200)
      res.set('X-A', '1')
      res.set('X-A', '2')
      res.removeHeader('X-Powered-By')
      res.status(201).json({ ok: true })
    })
  },

  'status-204-then-200'(app) {
    app.get('/', (_req, res) => {
      res.status(204)
      res.status(200).json({ ok: true })
    })
  },

  format(app) {
    app.get('/', (_req, res) => {
      res.format({
        text: () => res.send('text'),
        json: () => res.json({ json: true }),
        default: () => res.sendStatus(406),
      })
    })
  },

  'send-file'(app) {
    app.get('/', (_req, res) => {
      res.sendFile(`${fixtures}/page.txt`)
    })
  },

  'send-file-head'(app) {
    app.get('/', (_req, res) => {
      res.sendFile(`${fixtures}/page.txt`)
    })
  },

  'send-file-range'(app) {
    app.get('/', (_req, res) => {
      res.sendFile(`${fixtures}/page.txt`)
    })
  },

  'send-file-range-unsatisfiable'(app) {
    app.get('/', (_req, res) => {
      res.sendFile(`${fixtures}/page.txt`)
    })
  },

  'send-file-missing'(app) {
    app.get('/', (_req, res) => {
      res.sendFile(`${fixtures}/absent.txt`)
    })
    app.use(((error, _req, res, _next) => {
      res.status(error.status).json({ error: 'no such file' })
    }) as import('express').ErrorRequestHandler)
  },

  'send-file-missing-default'(app) {
    app.set('env', 'test')
    app.get('/', (_req, res) => {
      res.sendFile('absent.txt', { root: fixtures })
    })
  },

  'send-file-callback-answers'(app) {
    app.get('/', (_req, res) => {
      res.sendFile(`${fixtures}/absent.txt`, (error) => {
        if (error) res.status(404).send('no such file')
      })
    })
  },

  'send-file-callback-passes-on'(app) {
    app.get('/', (_req, res, next) => {
      res.sendFile(`${fixtures}/absent.txt`, (error) => {
        if (error) next()
      })
    })
    app.get('/', (_req, res) => {
      res.send('generated instead')
    })
  },

  'send-file-callback-logs'(app, { note }) {
    app.get('/', (_req, res) => {
      res.sendFile(`${fixtures}/page.txt`, (error) => note(`sent ${error ?? 'well'}`))
    })
  },

  download(app) {
    app.get('/', (_req, res) => {
      res.download(`${fixtures}/page.txt`, 'fox.txt')
    })
  },

  'download-missing'(app) {
    app.get('/', (_req, res) => {
      res.download(`${fixtures}/absent.txt`, 'fox.txt', (error) => {
        if (error && !res.headersSent) res.status(410).json({ error: 'gone' })
      })
    })
  },

  render(app) {
    app.engine('html', (_path, _options, rendered) => setTimeout(rendered, 2, null, '<p>page</p>'))
    app.set('views', `${fixtures}/views`).set('view engine', 'html')
    app.get('/', (_req, res) => {
      res.status(200).render('page', { name: 'Ada' })
    })
  },

  'render-callback'(app) {
    app.engine('html', (_path, _options, rendered) => rendered(null, '<p>page</p>'))
    app.set('views', `${fixtures}/views`).set('view engine', 'html')
    app.get('/', (_req, res, next) => {
      res.render('page', (error: Error | null, html: string) => {
        if (error) return next(error)
        res.send(`<main>${html}</main>`)
      })
    })
  },

  'render-fails'(app) {
    app.engine('html', (_path, _options, rendered) => setTimeout(rendered, 2, new Error('bad template')))
    app.set('views', `${fixtures}/views`).set('view engine', 'html')
    app.get('/', (_req, res) => {
      res.render('page')
    })
    app.use(((error, _req, res, _next) => {
      res.status(500).send(`could not render: ${error.message}`)
    }) as import('express').ErrorRequestHandler)
  },

  'render-fails-sync'(app) {
    app.engine('html', (_path, _options, rendered) => rendered(new Error('bad template')))
    app.set('views', `${fixtures}/views`).set('view engine', 'html')
    app.get('/', (_req, res) => {
      res.render('page')
    })
    app.use(((error, _req, res, _next) => {
      res.status(500).send(`could not render: ${error.message}`)
    }) as import('express').ErrorRequestHandler)
  },

  'render-missing-view'(app) {
    app.engine('html', (_path, _options, rendered) => rendered(null, ''))
    app.set('views', `${fixtures}/views`).set('view engine', 'html')
    app.get('/', (_req, res) => {
      res.render('absent')
    })
    app.use(((_error, _req, res, _next) => {
      res.status(500).send('no such view')
    }) as import('express').ErrorRequestHandler)
  },
}
