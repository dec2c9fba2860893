import { EventEmitter, once } from 'node:events'
import { readFile } from 'node:fs'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { later, pause } from '../../../programs/shop.ts'
import type { ExpressDiagnoses } from '../../program.ts'
import { sleep } from './lib/answers.ts'

export const programs: ExpressDiagnoses = {
  // double-response missing-return GET /users/2
  'then-without-return'(app) {
    app.get('/users/:id', (_req, res) => {
      sleep(1).then(() => {
        res.status(404).json({ error: 'no such user' }) // @first
        res.json({}) // @second
      })
    })
  },

  // double-response duplicate-catch POST /x
  'then-and-catch'(app) {
    app.post('/x', (_req, res) => {
      sleep(1)
        .then(() => {
          res.json({ saved: true }) // @first
          throw new Error('after all')
        })
        .catch(() => {
          res.status(500).json({ error: 'not saved' }) // @second
        })
    })
  },

  // double-response duplicate-catch POST /x
  'await-in-try'(app) {
    app.post('/x', async (_req, res) => {
      try {
        await sleep(1)
        res.status(201).json({ id: 1 }) // @first
        await Promise.reject(new Error('cache is down'))
      } catch (error) {
        res.status(500).json({ error: String(error) }) // @second
      }
    })
  },

  // double-response loop GET /x
  'async-iterator'(app) {
    app.get('/x', async (_req, res) => {
      for await (const row of Readable.from(['a', 'b'])) {
        res.json({ row }) // @first @second
      }
    })
  },

  // double-response loop GET /x
  'promise-all-map'(app) {
    app.get('/x', async (_req, res) => {
      const answer = async (id: number) => {
        await pause(id)
        res.json({ id }) // @first @second
      }
      await Promise.all([4, 8].map(answer))
    })
  },

  // double-response loop GET /x
  'cursor-while'(app) {
    app.get('/x', async (_req, res) => {
      let left = 2
      while (left > 0) {
        left--
        await sleep(1)
        res.json({ left }) // @first @second
      }
    })
  },

  // double-response loop GET /x
  'map-each-helper'(app) {
    app.get('/x', (_req, res) => {
      const answer = (name: string) => res.json({ name }) // @first @second
      new Map([
        ['a', 1],
        ['b', 2],
      ]).forEach((_value, key) => {
        answer(key)
      })
    })
  },

  // double-response timeout GET /x
  'race-with-504'(app) {
    app.get('/x', async (_req, res) => {
      const late = pause(8).then(() => {
        res.status(504).json({ error: 'too late' }) // @first
      })
      const work = pause(40)
      await Promise.race([work, late])
      await work
      const finish = () => {
        res.json({ done: true }) // @second
      }
      setImmediate(finish)
    })
  },

  // double-response timeout GET /x
  'abort-signal'(app) {
    app.get('/x', (_req, res) => {
      const signal = AbortSignal.timeout(10)
      signal.addEventListener('abort', () => {
        res.status(503).end() // @first
      })
      res.once('finish', () => {
        later(12, () => {
          res.json({ done: true }) // @second
        })
      })
    })
  },

  // double-response late-callback GET /x
  'two-events'(app) {
    app.get('/x', (_req, res) => {
      const job = new EventEmitter()
      job.on('progress', () => {
        res.json({ state: 'running' }) // @first
      })
      job.on('done', () => {
        res.json({ state: 'done' }) // @second
      })
      later(4, () => job.emit('progress'))
      later(12, () => job.emit('done'))
    })
  },

  // double-response late-callback GET /x
  'once-and-timer'(app) {
    app.get('/x', async (_req, res) => {
      const job = new EventEmitter()
      later(16, () => res.json({ by: 'timer' })) // @second
      later(4, () => job.emit('ready'))
      await once(job, 'ready')
      res.json({ by: 'event' }) // @first
    })
  },

  // double-response late-callback GET /x
  'next-tick'(app) {
    app.get('/x', (_req, res) => {
      process.nextTick(() => {
        res.json({ n: 2 }) // @second
      })
      res.json({ n: 1 }) // @first
    })
  },

  // double-response late-callback GET /x
  microtask(app) {
    app.get('/x', (_req, res) => {
      queueMicrotask(() => {
        res.json({ n: 2 }) // @second
      })
      res.json({ n: 1 }) // @first
    })
  },

  // double-response late-callback GET /x
  'not-awaited'(app) {
    app.get('/x', async (_req, res) => {
      const refresh = async () => {
        await sleep(10)
        res.json({ fresh: true }) // @second
      }
      void refresh()
      res.json({ fresh: false }) // @first
    })
  },

  // double-response missing-return GET /x
  promisified(app) {
    app.get('/x', async (_req, res) => {
      const text = await promisify(readFile)(import.meta.filename, 'utf8')
      if (text.length > 0) res.status(413).end() // @first
      res.type('text').send('short') // @second
    })
  },

  // double-response late-callback GET /x
  'callback-then-fallback'(app) {
    app.get('/x', (_req, res) => {
      readFile(import.meta.filename, () => {
        res.send('from the file') // @second
      })
      sleep(0).then(() => undefined)
      res.send('at once') // @first
    })
  },

  // double-response stream GET /x
  'piped-then-ended'(app) {
    app.get('/x', (_req, res) => {
      const source = Readable.from(['a', 'b'])
      source.pipe(res) // @first
      source.on('end', () => {
        res.end('that was all') // @second
      })
    })
  },

  // double-response stream GET /x
  'source-error'(app) {
    app.get('/x', (_req, res) => {
      const source = new Readable({ read() {} })
      source.push('begun')
      source.on('error', () => {
        res.status(500).json({ error: 'cut off' }) // @second
      })
      source.pipe(res) // @first
      setTimeout(() => source.destroy(new Error('disk')), 10)
    })
  },

  // write-after-end late-callback GET /x
  'interval-goes-on'(app) {
    app.get('/x', (_req, res) => {
      let ticks = 0
      const timer = setInterval(() => {
        ticks++
        if (ticks === 6) clearInterval(timer)
        res.write('tick\n') // @second
      }, 4)
      setTimeout(() => {
        res.end('over\n') // @first
      }, 14)
    })
  },

  // no-response forgotten-response GET /x
  'forgotten-branch'(app) {
    app.get('/x', async (req, res) => {
      if (req.query.page !== undefined) res.json([])
      await sleep(1)
    })
  },

  // response-after-close disconnected-client GET /x leaving
  'client-left'(app) {
    app.get('/x', async (_req, res) => {
      await new Promise((resolve) => res.once('close', resolve))
      res.json({ nobody: 'reads this' }) // @second
    })
  },
}
