import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyPrograms } from '../../frameworks/fastify.ts'
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

export const programs: FastifyPrograms = {
  'source-fails-and-answers'(app) {
    app.get('/rows', (_request, reply) => {
      const rows = brokenRows()
      rows.on('error', () => {
        reply.code(500).send({ error: 'no rows' }) // @second
      })
      reply.send(rows) // @first
    })
  },

  'source-fails-in-silence'(app, { note }) {
    app.get('/rows', (_request, reply) => {
      const rows = brokenRows()
      rows.on('error', (error) => note(error.message))
      reply.send(rows) // @first
    })
  },

  'source-destroyed'(app) {
    app.get('/rows', (_request, reply) => {
      const rows = new Readable({ read() {} })
      rows.push('first row\n')
      reply.send(rows) // @first
      setTimeout(() => rows.destroy(), 15)
    })
  },

  'pipeline-fails'(app) {
    app.get('/rows', async (_request, reply) => {
      reply.hijack()
      await pipeline(brokenRows(), reply.raw).catch(() => {}) // @first
    })
  },

  'pipe-overtaken'(app) {
    app.get('/', (_request, reply) => {
      createReadStream(page).pipe(reply.raw)
      reply.send('not the file')
    })
  },

  'pipe-then-json'(app) {
    app.get('/page', async (_request, reply) => {
      reply.send(Readable.from(['The quick brown fox'])) // @first
      await pause(25)
      reply.send({ ok: true }) // @second
    })
  },

  'pipe-then-end'(app) {
    app.get('/page', async (_request, reply) => {
      reply.send(Readable.from(['The quick brown fox'])) // @first
      await pause(25)
      reply.raw.end('bye') // @second
    })
  },

  'two-pipes'(app) {
    app.get('/page', async (_request, reply) => {
      reply.send(Readable.from(['The quick brown fox'])) // @first
      await pause(25)
      reply.send(createReadStream(page)) // @second
    })
  },

  'json-then-pipe'(app) {
    app.get('/page', (_request, reply) => {
      reply.send({ ok: true }) // @first
      createReadStream(page).pipe(reply.raw) // @second
    })
  },

  'write-after-end'(app) {
    app.get('/', (_request, reply) => {
      reply.raw.write('one, ')
      reply.raw.end('two') // @first
      reply.raw.write('three') // @second
    })
  },

  'write-after-end-later'(app) {
    app.get('/', (_request, reply) => {
      reply.send('done') // @first
      setTimeout(() => {
        reply.raw.write('more') // @second
      }, 15)
    })
  },

  'partial-then-json'(app) {
    app.get('/', async (_request, reply) => {
      reply.raw.write('part ') // @first
      await saveAudit()
      reply.send({ whole: true }) // @second
    })
  },
}
