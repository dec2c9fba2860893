import { createReadStream } from 'node:fs'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { HttpPrograms } from '../../frameworks/node-http.ts'
import { later, saveAudit } from '../shop.ts'

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

export const programs: HttpPrograms = {
  'source-fails-and-answers': () => (_req, res) => {
    const rows = brokenRows()
    rows.on('error', () => {
      res.writeHead(500) // @second
      res.end('no rows')
    })
    rows.pipe(res) // @first
  },

  'source-fails-in-silence':
    ({ note }) =>
    (_req, res) => {
      const rows = brokenRows()
      rows.on('error', (error) => note(error.message))
      rows.pipe(res) // @first
    },

  'source-destroyed': () => (_req, res) => {
    const rows = new Readable({ read() {} })
    rows.push('first row\n')
    rows.pipe(res) // @first
    setTimeout(() => rows.destroy(), 15)
  },

  'pipeline-fails': () => async (_req, res) => {
    await pipeline(brokenRows(), res).catch(() => {}) // @first
  },

  'pipe-overtaken': () => (_req, res) => {
    createReadStream(page).pipe(res)
    res.end('not the file')
  },

  'fed-pipe-behind-end': () => (_req, res) => {
    res.end('whole') // @first
    res.on('finish', () => {
      const rows = new PassThrough()
      later(8, () => rows.end('late rows'))
      rows.pipe(res) // @second
    })
  },

  'pipe-then-end': () => async (_req, res) => {
    Readable.from(['The quick brown fox']).pipe(res) // @first
    await pause(25)
    res.end('and more') // @second
  },

  'end-then-pipe': () => (_req, res) => {
    res.end('ok') // @first
    createReadStream(page).pipe(res) // @second
  },

  'write-after-end': () => (_req, res) => {
    res.write('one, ')
    res.end('two') // @first
    res.write('three') // @second
  },

  'write-after-end-later': () => (_req, res) => {
    res.end('done') // @first
    setTimeout(() => {
      res.write('more') // @second
    }, 15)
  },

  'partial-then-answer': () => async (_req, res) => {
    res.write('part ') // @first
    await saveAudit()
    res.writeHead(200, { 'Content-Type': 'text/plain' }) // @second
    res.end('whole')
  },

  'partial-then-throw': () => (_req, res) => {
    res.write('first row\n') // @first
    throw new Error('database gone') // @second
  },

  'partial-then-reject': () => async (_req, res) => {
    res.write('first row\n') // @first
    await saveAudit()
    throw new Error('database gone') // @second
  },
}
