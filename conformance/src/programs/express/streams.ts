import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { ErrorRequestHandler } from 'express'
import type { ExpressPrograms } from '../../frameworks/express.ts'
import { saveAudit } from '../shop.ts'

const page = `${import.meta.dirname}/../../../fixtures/page.txt`

/** Rows of a query whose connection breaks after the first. */
const brokenRows = () =>
  Readable.from(
    (async function* () {
      yield 'first row\n'
      await pause(10)
      throw new Error('database gone')
    })(),
  )

export const programs: ExpressPrograms = {
  'source-fails-and-answers'(app) {
    app.get('/rows', (_req, res) => {
      const rows = brokenRows()
      rows.on('error', () => {
        res.status(500).json({ error: 'no rows' }) // @second
      })
      rows.pipe(res) // @first
    })
  },

  'source-fails-in-silence'(app, { note }) {
    app.get('/rows', (_req, res) => {
      const rows = brokenRows()
      rows.on('error', (error) => note(error.message))
      rows.pipe(res) // @first
    })
  },

  'source-destroyed'(app) {
    app.get('/rows', (_req, res) => {
      const rows = new Readable({ read() {} })
      rows.push('first row\n')
      rows.pipe(res) // @first
      setTimeout(() => rows.destroy(), 15)
    })
  },

  'pipeline-fails'(app) {
    app.get('/rows', async (_req, res) => {
      await pipeline(brokenRows(), res).catch(() => {}) // @first
    })
  },

  'generator-fails'(app) {
    app.get('/rows', async (_req, res, next) => {
      try {
        await pipeline(async function* () {
          yield 'first row\n'
          await pause(10)
          throw new Error('database gone')
        }, res) // @first
      } catch (error) {
        next(error)
      }
    })
  },

  'pipe-overtaken'(app) {
    app.get('/', (_req, res) => {
      createReadStream(page).pipe(res)
      res.send('not the file')
    })
  },

  'pipe-then-json'(app) {
    app.get('/page', async (_req, res) => {
      Readable.from(['The quick brown fox']).pipe(res) // @first
      await pause(25)
      res.json({ ok: true }) // @second
    })
  },

  'json-then-pipe'(app) {
    app.get('/page', (_req, res) => {
      res.json({ ok: true }) // @first
      createReadStream(page).pipe(res) // @second
    })
  },

  'two-pipes'(app) {
    app.get('/page', async (_req, res) => {
      Readable.from(['The quick brown fox']).pipe(res) // @first
      await pause(25)
      createReadStream(page).pipe(res) // @second
    })
  },

  'write-after-end'(app) {
    app.get('/', (_req, res) => {
      res.write('one, ')
      res.end('two') // @first
      res.write('three') // @second
    })
  },

  'write-after-end-later'(app) {
    app.get('/', (_req, res) => {
      res.end('done') // @first
      setTimeout(() => {
        res.write('more') // @second
      }, 15)
    })
  },

  'partial-then-json'(app) {
    app.get('/', async (_req, res) => {
      res.write('part ') // @first
      await saveAudit()
      res.json({ whole: true }) // @second
    })
  },

  'partial-then-silent-error-handler'(app, { note }) {
    app.get('/feed', async (_req, res, next) => {
      res.write('first row\n') // @first
      await saveAudit()
      next(new Error('database gone'))
    })
    app.use(((error, _req, res, _next) => {
      note(error.message)
      if (res.headersSent) return
      res.status(500).json({ error: 'sorry' })
    }) as ErrorRequestHandler)
  },

  'partial-then-throw-silent-error-handler'(app) {
    app.get('/feed', (_req, res) => {
      res.write('first row\n') // @first
      throw new Error('database gone')
    })
    app.use(((_error, _req, res, _next) => {
      if (res.headersSent) return
      res.status(500).json({ error: 'sorry' })
    }) as ErrorRequestHandler)
  },

  'partial-then-ending-error-handler'(app) {
    app.get('/feed', (_req, res) => {
      res.write('first row\n')
      throw new Error('database gone')
    })
    app.use(((_error, _req, res, _next) => {
      res.end('-- cut short --')
    }) as ErrorRequestHandler)
  },

  'partial-then-late-ending-error-handler'(app) {
    app.get('/feed', (_req, res) => {
      res.write('first row\n')
      throw new Error('database gone')
    })
    app.use((async (_error, _req, res, _next) => {
      await saveAudit()
      res.end('-- cut short --')
    }) as ErrorRequestHandler)
  },

  'partial-then-forwarding-error-handler'(app) {
    app.get('/feed', (_req, res) => {
      res.write('first row\n')
      throw new Error('database gone')
    })
    app.use(((error, _req, res, next) => {
      if (res.headersSent) return next(error)
      res.status(500).json({ error: 'sorry' })
    }) as ErrorRequestHandler)
  },

  'partial-then-nobody'(app) {
    app.get('/feed', (_req, res, next) => {
      res.write('first row\n') // @first
      next()
    })
  },
}
