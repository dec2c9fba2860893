import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import compression from 'compression'
import timeout from 'connect-timeout'
import cors from 'cors'
import type { ErrorRequestHandler } from 'express'
import session from 'express-session'
import helmet from 'helmet'
import { createProxyMiddleware } from 'http-proxy-middleware'
import morgan from 'morgan'
import multer from 'multer'
import serveStatic from 'serve-static'
import type { ExpressPrograms } from '../../frameworks/express.ts'
import { later, saveAudit } from '../shop.ts'

const fixtures = resolve(import.meta.dirname, '../../../fixtures')

/** A store that takes its time, as those over a network do. */
class SlowStore extends session.MemoryStore {
  override set(id: string, held: session.SessionData, done?: (error?: unknown) => void): void {
    setTimeout(() => super.set(id, held, done), 8)
  }
}

const sessions = () =>
  session({ secret: 'fox', resave: false, saveUninitialized: true, genid: () => 'one', store: new SlowStore() })

const upstream = async (answer: (path: string) => { status: number; body: string }): Promise<string> => {
  const server = createServer((req, res) => {
    const { status, body } = answer(req.url ?? '')
    res.writeHead(status, { 'X-Upstream': '1', 'Content-Type': 'text/plain' }).end(body)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  server.unref()
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export const programs: ExpressPrograms = {
  'compression-inside'(app) {
    app.use(compression({ threshold: 0 }))
    app.get('/', (_req, res) => void res.json({ rows: 'row '.repeat(200) }))
  },

  'compression-outside': {
    installsGuard(app, { installGuard }) {
      app.use(compression({ threshold: 0 }))
      installGuard(app)
      app.get('/', (_req, res) => void res.json({ rows: 'row '.repeat(200) }))
    },
  },

  'compression-streams'(app) {
    app.use(compression({ threshold: 0 }))
    app.get('/', async (_req, res) => {
      res.type('txt')
      res.write('one ')
      res.flush()
      await saveAudit()
      res.end('two')
    })
  },

  'compression-of-head'(app) {
    app.use(compression({ threshold: 0 }))
    app.get('/', (_req, res) => void res.send('row '.repeat(500)))
  },

  'compression-of-file'(app) {
    app.use(compression({ threshold: 0 }))
    app.use(serveStatic(`${fixtures}/public`))
  },

  session(app) {
    app.use(sessions())
    app.get('/', (req, res) => {
      Object.assign(req.session, { views: 1 })
      res.json({ views: 1 })
    })
  },

  'session-outside': {
    installsGuard(app, { installGuard }) {
      app.use(sessions())
      installGuard(app)
      app.get('/', (req, res) => {
        Object.assign(req.session, { views: 1 })
        res.send('one view')
      })
    },
  },

  'session-then-bare-end'(app, { note }) {
    app.use(sessions())
    app.get('/', (req, res) => {
      Object.assign(req.session, { views: 1 })
      res.on('finish', () => note('finish'))
      res.status(201).end('made')
      note(`ended ${res.writableEnded}`)
    })
  },

  'session-redirect'(app) {
    app.use(sessions())
    app.get('/', (req, res, next) => {
      req.session.regenerate((error) => {
        if (error) return next(error)
        req.session.save(() => res.redirect('/home'))
      })
    })
  },

  'session-destroyed'(app) {
    app.use(sessions())
    app.get('/', (req, res, next) => {
      req.session.destroy((error) => (error ? next(error) : res.send('bye')))
    })
  },

  'session-and-compression'(app) {
    app.use(compression({ threshold: 0 }), sessions())
    app.get('/', (req, res) => {
      Object.assign(req.session, { views: 1 })
      res.json({ rows: 'row '.repeat(200) })
    })
  },

  morgan(app, { note }) {
    app.use(morgan(':method :url :status :res[content-length]', { stream: { write: (line) => note(line.trim()) } }))
    app.get('/', (_req, res) => void res.send('ok'))
  },

  'morgan-outside': {
    installsGuard(app, { installGuard, note }) {
      app.use(morgan(':method :status', { immediate: false, stream: { write: (line) => note(line.trim()) } }))
      installGuard(app)
      app.get('/', (_req, res) => void res.status(404).send('no'))
    },
  },

  helmet(app) {
    app.use(helmet())
    app.get('/', (_req, res) => void res.send('safe'))
  },

  cors(app) {
    app.use(cors({ origin: 'http://shop.example', credentials: true }))
    app.get('/', (_req, res) => void res.send('shared'))
  },

  'cors-preflight'(app) {
    app.use(cors())
    app.put('/', (_req, res) => void res.send('put'))
  },

  'static-file'(app) {
    app.use(serveStatic(`${fixtures}/public`))
  },

  'static-redirect'(app, { express }) {
    app.use('/files', express.static(fixtures))
  },

  'static-miss'(app, { express }) {
    app.use(express.static(`${fixtures}/public`))
    app.use((_req, res) => void res.status(404).send('no such page'))
  },

  'static-range'(app) {
    app.use(serveStatic(fixtures))
  },

  'static-not-modified'(app) {
    app.use(serveStatic(fixtures, { etag: false, lastModified: false }))
    app.use((_req, res) => void res.status(404).end())
  },

  'static-large'(app) {
    app.use(serveStatic(`${fixtures}/public`))
  },

  'timeout-respected'(app) {
    app.use(timeout('10ms'))
    app.get('/', (req, res) => {
      req.once('timeout', () => {
        later(12, () => {
          if (req.timedout) return
          res.send('done')
        })
      })
    })
    app.use(((error, _req, res, _next) => {
      res.status(error.status).json({ error: error.code })
    }) as ErrorRequestHandler)
  },

  'timeout-not-reached'(app) {
    app.use(timeout('500ms'))
    app.get('/', async (_req, res) => {
      await saveAudit()
      res.send('done')
    })
  },

  async proxy(app) {
    const target = await upstream((path) => ({ status: 203, body: `upstream ${path}` }))
    app.use('/api', createProxyMiddleware({ target, changeOrigin: false }))
  },

  async 'proxy-of-post'(app) {
    const target = await upstream((path) => ({ status: 201, body: `made ${path}` }))
    app.use(createProxyMiddleware({ target, pathFilter: '/api' }))
    app.use((_req, res) => void res.status(404).send('not proxied'))
  },

  'proxy-without-upstream'(app) {
    app.use(createProxyMiddleware({ target: 'http://127.0.0.1:9', logger: undefined as never }))
  },

  'proxy-error-answered'(app) {
    app.use(
      createProxyMiddleware({
        target: 'http://127.0.0.1:9',
        on: {
          error: (_error, _req, res) => {
            if ('writeHead' in res) res.writeHead(502, { 'Content-Type': 'text/plain' })
            res.end('no upstream')
          },
        },
      }),
    )
  },

  upload(app) {
    const upload = multer()
    app.post('/', upload.single('file'), (req, res) => {
      res.json({ name: req.file?.originalname, size: req.file?.size, text: req.body.text })
    })
  },

  'upload-refused'(app) {
    const upload = multer({ limits: { fileSize: 2 } })
    app.post('/', upload.single('file'), (_req, res) => void res.send('taken'))
    app.use(((error, _req, res, _next) => {
      res.status(413).json({ error: error.code })
    }) as ErrorRequestHandler)
  },

  'json-body'(app, { express }) {
    app.use(express.json())
    app.post('/', (req, res) => void res.json(req.body))
  },

  'json-body-broken'(app, { express }) {
    app.use(express.json())
    app.post('/', (req, res) => void res.json(req.body))
    app.use(((error, _req, res, _next) => {
      res.status(error.status).json({ error: error.type })
    }) as ErrorRequestHandler)
  },
}
