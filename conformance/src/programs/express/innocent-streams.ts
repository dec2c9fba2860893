import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { createGzip } from 'node:zlib'
import type { ErrorRequestHandler } from 'express'
import type { ExpressPrograms } from '../../frameworks/express.ts'

const fixtures = resolve(import.meta.dirname, '../../../fixtures')

export const programs: ExpressPrograms = {
  'pipe-file'(app) {
    app.get('/', (_req, res) => {
      res.type('txt')
      createReadStream(`${fixtures}/page.txt`).pipe(res)
    })
  },

  'pipeline-file'(app) {
    app.get('/', async (_req, res) => {
      res.set('Content-Encoding', 'gzip')
      await pipeline(createReadStream(`${fixtures}/page.txt`), createGzip(), res)
    })
  },

  'pipe-then-throw'(app) {
    app.get('/', (_req, res) => {
      createReadStream(`${fixtures}/page.txt`).pipe(res)
      throw new Error('no access')
    })
    app.use(((error, _req, res, _next) => {
      res.status(403).json({ error: error.message })
    }) as ErrorRequestHandler)
  },

  'pipe-given-up'(app) {
    app.get('/', (_req, res) => {
      const file = createReadStream(`${fixtures}/page.txt`)
      file.pipe(res)
      file.destroy()
      res.status(409).json({ error: 'busy' })
    })
  },

  'pipe-taken-off'(app) {
    app.get('/', (_req, res) => {
      const file = createReadStream(`${fixtures}/page.txt`)
      file.pipe(res)
      file.unpipe(res)
      res.status(409).json({ error: 'busy' })
      file.destroy()
    })
  },

  'pipe-without-end'(app) {
    app.get('/', (_req, res) => {
      res.write('<<')
      const rows = Readable.from(['one', 'two'])
      rows.pipe(res, { end: false })
      rows.on('end', () => res.end('>>'))
    })
  },

  'pipe-two-in-a-row'(app) {
    app.get('/', async (_req, res) => {
      for (const part of ['head', 'body']) {
        const rows = Readable.from([part, '\n'])
        rows.pipe(res, { end: false })
        await new Promise((resolve) => rows.on('end', resolve))
      }
      res.end()
    })
  },

  'pipe-fails-early'(app) {
    app.get('/', (_req, res) => {
      const file = createReadStream(`${fixtures}/absent.txt`)
      file.on('error', () => res.status(404).send('no such file'))
      file.pipe(res)
    })
  },

  'pipe-through'(app) {
    app.get('/', (_req, res) => {
      const through = new PassThrough()
      through.pipe(res)
      through.write('one ')
      setTimeout(() => through.end('two'), 5)
    })
  },

  'iterates-and-writes'(app) {
    app.get('/', async (_req, res) => {
      for await (const row of Readable.from(['a', 'b', 'c'])) {
        if (!res.write(row)) await new Promise((resolve) => res.once('drain', resolve))
      }
      res.end()
    })
  },

  'large-with-drain'(app, { note }) {
    app.get('/', async (_req, res) => {
      let waited = 0
      for (let part = 0; part < 40; part++) {
        if (res.write('y'.repeat(100_000))) continue
        waited++
        await new Promise((resolve) => res.once('drain', resolve))
      }
      note(waited > 0 ? 'waited' : 'never waited')
      res.end()
    })
  },

  'flush-then-write'(app) {
    app.get('/', async (_req, res) => {
      res.set('Content-Type', 'text/plain')
      res.flushHeaders()
      await pause(5)
      res.write('late ')
      res.end('body')
    })
  },

  'event-stream'(app) {
    app.get('/', (req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' })
      res.write('data: 1\n\n')
      let left = 3
      const ticks = setInterval(() => {
        res.write('data: tick\n\n')
        left--
        if (left > 0) return
        clearInterval(ticks)
        res.end()
      }, 10)
      req.on('close', () => clearInterval(ticks))
    })
  },

  'event-stream-left'(app, { note }) {
    app.get('/', (req, res) => {
      res.set({ 'Content-Type': 'text/event-stream' })
      res.flushHeaders()
      const ticks = setInterval(() => res.write('data: tick\n\n'), 10)
      req.on('close', () => {
        note('left')
        setTimeout(() => {
          clearInterval(ticks)
          res.end()
        }, 25)
      })
    })
  },

  'write-callbacks'(app, { note }) {
    app.get('/', (_req, res) => {
      res.write('b25l', 'base64', () => note('written'))
      res.end('74776f', 'hex', () => note('ended'))
    })
  },

  'cork-and-uncork'(app) {
    app.get('/', (_req, res) => {
      res.cork()
      res.write('one ')
      res.write('two')
      res.uncork()
      res.end()
    })
  },

  trailers(app) {
    app.get('/', (_req, res) => {
      res.set('Trailer', 'X-Sum')
      res.write('body')
      res.addTrailers({ 'X-Sum': '42' })
      res.end()
    })
  },

  'early-hints'(app) {
    app.get('/', async (_req, res) => {
      res.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' })
      res.writeProcessing()
      await pause(5)
      res.send('page')
    })
  },

  'continue-automatic'(app, { express }) {
    app.put('/', express.text(), (req, res) => void res.send(`got ${req.body}`))
  },

  'write-head-forms'(app) {
    app.get('/', (_req, res) => {
      res.set('X-Before', '1')
      res.writeHead(203, 'Sort of', ['X-One', '1', 'x-TWO', '2'] as never)
      res.end('ok')
    })
  },

  'length-exact'(app) {
    app.get('/', (_req, res) => {
      res.set('Content-Length', '5')
      res.write('he')
      res.end('llo')
    })
  },

  'keep-alive'(app) {
    let served = 0
    app.get('/', (_req, res) => void res.json({ served: ++served }))
  },

  pipelined(app) {
    app.get('/:n', async (req, res) => {
      await pause(req.params.n === '1' ? 15 : 2)
      res.json({ n: req.params.n })
    })
  },

  upgrade(app, { server }) {
    app.get('/', (_req, res) => void res.send('page'))
    server.on('upgrade', (_req, socket) => {
      socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nhello')
    })
  },

  'stream-fails-forwarded'(app, { note }) {
    app.get('/', async (_req, res, next) => {
      try {
        await pipeline(createReadStream(`${fixtures}/absent.txt`), res, { end: false })
      } catch (error) {
        next(error)
      }
    })
    app.use(((error, _req, res, next) => {
      note(error.code)
      if (res.headersSent) return next(error)
      res.status(404).send('no such file')
    }) as import('express').ErrorRequestHandler)
  },
}
