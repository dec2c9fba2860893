import { createReadStream } from 'node:fs'
import { PassThrough, Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { KoaPrograms } from '../../frameworks/koa.ts'
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

export const programs: KoaPrograms = {
  'body-stream-fails'(app) {
    app.on('error', () => {})
    app.use((ctx) => {
      ctx.body = brokenRows() // @first
    })
  },

  'pipe-overtaken'(app) {
    app.use((ctx) => {
      ctx.respond = false
      ctx.res.statusCode = 200
      createReadStream(page).pipe(ctx.res)
      ctx.res.end('not the file')
    })
  },

  'source-fails-and-answers'(app) {
    app.use((ctx) => {
      ctx.respond = false
      ctx.res.statusCode = 200
      const rows = brokenRows()
      rows.on('error', () => {
        ctx.res.writeHead(500) // @second
        ctx.res.end('no rows')
      })
      rows.pipe(ctx.res) // @first
    })
  },

  'source-fails-in-silence'(app, { note }) {
    app.use((ctx) => {
      ctx.respond = false
      ctx.res.statusCode = 200
      const rows = brokenRows()
      rows.on('error', (error) => note(error.message))
      rows.pipe(ctx.res) // @first
    })
  },

  'write-after-end'(app) {
    app.use((ctx) => {
      ctx.respond = false
      ctx.res.statusCode = 200
      ctx.res.write('one, ')
      ctx.res.end('two') // @first
      ctx.res.write('three') // @second
    })
  },

  'write-after-end-later'(app) {
    app.use((ctx) => {
      ctx.body = 'done' // @first
      setTimeout(() => {
        ctx.res.write('more') // @second
      }, 15)
    })
  },

  'partial-then-json'(app) {
    app.use(async (ctx) => {
      ctx.status = 200
      ctx.res.write('part ') // @first
      await saveAudit()
      ctx.body = { whole: true } // @second
    })
  },

  'partial-then-thrown'(app, { note }) {
    app.on('error', (error) => note(error.message))
    app.use(async (ctx) => {
      ctx.status = 200
      ctx.res.write('first row\n') // @first
      await saveAudit()
      throw new Error('database gone')
    })
  },

  'writes-behind-koa'(app) {
    app.use((ctx) => {
      const events = new PassThrough()
      ctx.body = events // @first
      events.end('one\n')
      setTimeout(() => {
        ctx.res.write('two\n') // @second
      }, 15)
    })
  },
}
