import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { HttpPrograms } from '../../frameworks/node-http.ts'
import { saveAudit } from '../shop.ts'

const fixtures = resolve(import.meta.dirname, '../../../fixtures')

export const programs: HttpPrograms = {
  'raw-json': () => async (_req, res) => {
    await saveAudit()
    res.writeHead(200, { 'Content-Type': 'application/json' })
    res.end('{"ok":true}')
  },

  'raw-implicit-head': () => (_req, res) => {
    res.statusCode = 201
    res.setHeader('X-A', '1')
    res.setHeader('X-A', ['2', '3'])
    res.removeHeader('X-B')
    res.end('made')
  },

  'raw-head': () => (_req, res) => {
    res.setHeader('Content-Type', 'text/plain')
    res.end('a body that HEAD has not')
  },

  'raw-204': () => (_req, res) => {
    res.writeHead(204).end()
  },

  'raw-304': () => (_req, res) => {
    res.writeHead(304, { ETag: '"v1"' })
    res.end()
  },

  'raw-bare-ends': () => (_req, res) => {
    res.end('done')
    res.end()
    setTimeout(() => res.end(), 5)
  },

  'raw-end-in-finally': () => async (_req, res) => {
    try {
      await saveAudit()
      res.end('done')
    } finally {
      res.end()
    }
  },

  'raw-writes': () => async (_req, res) => {
    res.write('one ')
    await pause(5)
    res.write('two ')
    res.end('three')
  },

  'raw-flush': () => async (_req, res) => {
    res.setHeader('Content-Type', 'text/plain')
    res.flushHeaders()
    await pause(5)
    res.end('late')
  },

  'raw-callbacks':
    ({ note }) =>
    (_req, res) => {
      res.on('finish', () => note('finish'))
      res.write('b25l', 'base64', () => note('written'))
      res.end('two', () => note('ended'))
    },

  'raw-pipe': () => (_req, res) => {
    createReadStream(`${fixtures}/page.txt`).pipe(res)
  },

  'raw-pipeline': () => async (_req, res) => {
    await pipeline(createReadStream(`${fixtures}/page.txt`), new PassThrough(), res)
  },

  'raw-pipe-without-end': () => (_req, res) => {
    res.write('<<')
    const rows = Readable.from(['one', 'two'])
    rows.pipe(res, { end: false })
    rows.on('end', () => res.end('>>'))
  },

  'raw-pipe-fails-early': () => (_req, res) => {
    const file = createReadStream(`${fixtures}/absent.txt`)
    file.on('error', () => {
      res.writeHead(404)
      res.end('no such file')
    })
    file.pipe(res)
  },

  'raw-echo': () => (req, res) => {
    req.pipe(res)
  },

  'raw-early-hints': () => async (_req, res) => {
    res.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' })
    await pause(5)
    res.end('page')
  },

  'raw-continue': () => async (req, res) => {
    let text = ''
    for await (const chunk of req) text += chunk
    res.end(`got ${text}`)
  },

  'raw-trailers': () => (_req, res) => {
    res.setHeader('Trailer', 'X-Sum')
    res.write('body')
    res.addTrailers({ 'X-Sum': '42' })
    res.end()
  },

  'raw-event-stream': () => (_req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' })
    let left = 3
    const ticks = setInterval(() => {
      res.write('data: tick\n\n')
      left--
      if (left > 0) return
      clearInterval(ticks)
      res.end()
    }, 8)
  },

  'raw-left': () => (_req, res) => {
    res.once('close', () => {
      setTimeout(() => {
        res.setHeader('X-Late', '1')
        res.write('late')
        res.end()
      }, 5)
    })
  },

  'raw-left-while-streaming':
    ({ note }) =>
    (req, res) => {
      res.write('first')
      const ticks = setInterval(() => res.write('more'), 8)
      req.on('close', () => {
        note('left')
        setTimeout(() => {
          clearInterval(ticks)
          res.end()
        }, 25)
      })
    },

  'raw-dropped': () => (_req, res) => {
    res.destroy()
  },

  'raw-cork': () => (_req, res) => {
    res.cork()
    res.write('one ')
    res.write('two')
    res.uncork()
    res.end()
  },

  'raw-length': () => (_req, res) => {
    res.setHeader('Content-Length', 5)
    res.write('he')
    res.end('llo')
  },

  'raw-reads-late':
    ({ note }) =>
    (_req, res) => {
      res.setHeader('X-A', '1')
      res.end('ok')
      note(`${res.headersSent} ${res.statusCode} ${res.getHeader('x-a')} ${res.hasHeader('x-b')}`)
    },

  'raw-wraps-end':
    ({ note }) =>
    (_req, res) => {
      const { end } = res
      res.end = function (this: typeof res, ...given: unknown[]) {
        note(`end with ${given.length}`)
        return end.apply(this, given as never)
      } as never
      res.end('ok', 'utf8')
    },

  'raw-returns':
    ({ note }) =>
    (_req, res) => {
      const chained = res.setHeader('X-A', '1') === res
      const written = res.write('a')
      note(`${chained} ${written} ${res.end('b') === res}`)
    },
}
