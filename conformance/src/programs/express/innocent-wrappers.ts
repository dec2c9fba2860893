import type { RequestHandler } from 'express'
import type { ExpressPrograms } from '../../frameworks/express.ts'

const wrapEnd =
  (seen: (text: string) => void): RequestHandler =>
  (_req, res, next) => {
    const { end } = res
    res.end = function (this: typeof res, ...given: unknown[]) {
      seen(`end with ${given.length}`)
      return end.apply(this, given as never)
    } as never
    next()
  }

const wrapWriteHead: RequestHandler = (_req, res, next) => {
  const { writeHead } = res
  res.writeHead = function (this: typeof res, ...given: unknown[]) {
    if (!res.headersSent) res.setHeader('X-Took', 'little')
    return writeHead.apply(this, given as never)
  } as never
  next()
}

const wrapJson: RequestHandler = (_req, res, next) => {
  const json = res.json.bind(res)
  res.json = (body) => json({ wrapped: body })
  next()
}

const wrapSend: RequestHandler = (_req, res, next) => {
  const { send } = res
  res.send = function (this: typeof res, body) {
    res.send = send
    return send.call(this, typeof body === 'string' ? body.toUpperCase() : body)
  }
  next()
}

export const programs: ExpressPrograms = {
  'wraps-end'(app, { note }) {
    app.use(wrapEnd(note))
    app.get('/', (_req, res) => void res.json({ ok: true }))
  },

  'wraps-end-outside': {
    installsGuard(app, { installGuard, note }) {
      app.use(wrapEnd(note))
      installGuard(app)
      app.get('/', (_req, res) => void res.json({ ok: true }))
    },
  },

  'wraps-end-later'(app) {
    app.use((_req, res, next) => {
      const end = res.end.bind(res) as (...given: unknown[]) => typeof res
      res.end = ((...given: unknown[]) => {
        setTimeout(() => end(...given), 10)
        return res
      }) as never
      next()
    })
    app.get('/', (_req, res) => void res.send('delayed'))
  },

  'wraps-write-head'(app) {
    app.use(wrapWriteHead)
    app.get('/', (_req, res) => void res.send('timed'))
  },

  'wraps-json'(app) {
    app.use(wrapJson)
    app.get('/', (_req, res) => void res.json({ ok: true }))
  },

  'wraps-json-with-logging'(app, { note }) {
    app.use((_req, res, next) => {
      const json = res.json
      res.json = function (this: typeof res, body) {
        note(JSON.stringify(body))
        return json.call(this, body)
      }
      next()
    })
    app.get('/', (_req, res) => void res.status(201).json({ ok: true }))
  },

  'wraps-send'(app) {
    app.use(wrapSend)
    app.get('/', (_req, res) => void res.send('loud'))
  },

  'wraps-write'(app) {
    app.use((_req, res, next) => {
      const write = res.write.bind(res) as (...given: unknown[]) => boolean
      res.write = ((chunk: unknown, ...rest: unknown[]) => write(`[${chunk}]`, ...rest)) as never
      next()
    })
    app.get('/', (_req, res) => {
      res.write('a')
      res.write('b')
      res.end()
    })
  },

  'wraps-buffered'(app) {
    app.use((_req, res, next) => {
      const parts: string[] = []
      const end = res.end.bind(res) as (...given: unknown[]) => typeof res
      res.write = ((chunk: unknown) => {
        parts.push(String(chunk))
        return true
      }) as never
      res.end = ((chunk?: unknown) => {
        if (chunk) parts.push(String(chunk))
        const body = parts.join('+')
        res.setHeader('Content-Length', Buffer.byteLength(body))
        return end(body)
      }) as never
      next()
    })
    app.get('/', (_req, res) => {
      res.write('a')
      res.write('b')
      res.end('c')
    })
  },

  'answer-helper'(app) {
    const ok = (res: import('express').Response, body: unknown) => res.status(200).json({ success: true, body })
    app.get('/', async (_req, res) => ok(res, { id: 1 }))
  },

  'guard-under-path': {
    installsGuard(app, { installGuard }) {
      app.get('/free', (_req, res) => void res.send('free'))
      installGuard(app)
      app.get('/', (_req, res) => void res.send('guarded'))
    },
  },

  'guard-installed-twice': {
    installsGuard(app, { installGuard }) {
      installGuard(app)
      installGuard(app)
      app.get('/', (_req, res) => void res.json({ ok: true }))
    },
  },

  'strict-routing-later'(app) {
    app.enable('strict routing')
    app.enable('case sensitive routing')
    app.get('/Path/', (_req, res) => void res.send('strict'))
    app.use((req, res) => void res.status(404).send(`no ${req.path}`))
  },
}
