import type { HttpPrograms } from '../../frameworks/node-http.ts'
import { findOrder, findUser, later, saveAudit, sendMail } from '../shop.ts'

const json = { 'Content-Type': 'application/json' }

export const programs: HttpPrograms = {
  'missing-return': () => (req, res) => {
    if (!req.url?.startsWith('/users/1')) {
      res.writeHead(404, json)
      res.end('{"error":"no such user"}') // @first
    }
    res.writeHead(200, json) // @second
    res.end('{"user":{"name":"Ada"}}')
  },

  'missing-return-after-await': () => async (req, res) => {
    if (!req.url?.startsWith('/users/1')) {
      res.writeHead(404, json)
      res.end('{"error":"no such user"}') // @first
    }
    const user = await findUser('1')
    res.writeHead(200, json) // @second
    res.end(JSON.stringify({ user }))
  },

  'both-branches': () => (req, res) => {
    const query = new URL(req.url ?? '/', 'http://localhost').searchParams
    if (!query.has('q')) res.writeHead(400).end('q is missing') // @first
    if (!query.has('limit')) res.writeHead(400).end('limit is missing') // @second
  },

  'switch-fall-through': () => (req, res) => {
    const [, , format] = req.url?.split(/[/?]/) ?? []
    switch (format) {
      // biome-ignore lint/suspicious/noFallthroughSwitchClause: it is the mistake
      case 'csv':
        res.setHeader('Content-Type', 'text/csv')
        res.end('id,name') // @first
      default:
        res.statusCode = 415
        res.end('{"error":"unknown format"}') // @second
    }
  },

  'loop-for': () => (_req, res) => {
    for (const item of ['a', 'b']) {
      res.end(JSON.stringify({ item })) // @first @second
    }
  },

  'loop-async-for-each': () => (_req, res) => {
    const ids = ['1', '2']
    ids.forEach(async (id) => {
      await saveAudit()
      res.end(JSON.stringify({ id })) // @first @second
    })
  },

  'callback-after-answer': () => (_req, res) => {
    findOrder('7', (_error, order) => {
      res.writeHead(200, json) // @second
      res.end(JSON.stringify(order))
    })
    res.end('{"queued":true}') // @first
  },

  'end-later': () => (_req, res) => {
    findOrder('7', (_error, order) => {
      res.end(JSON.stringify(order)) // @second
    })
    res.end('{"queued":true}') // @first
  },

  'unawaited-promise': () => (_req, res) => {
    sendMail().then((state) => {
      res.writeHead(200, json) // @second
      res.end(JSON.stringify({ state }))
    })
    res.writeHead(202, json)
    res.end('{"state":"queued"}') // @first
  },

  'timer-answers-first': () => async (_req, res) => {
    later(8, () => {
      res.writeHead(503, json)
      res.end('{"error":"took too long"}') // @first
    })
    await sendMail()
    await sendMail()
    res.writeHead(200, json) // @second
    res.end('{"found":3}')
  },

  'duplicate-catch': () => (_req, res) => {
    try {
      res.writeHead(201, json)
      res.end('{"ok":true}') // @first
      throw new Error('mail refused')
    } catch {
      res.writeHead(500, json) // @second
      res.end('{"error":"could not order"}')
    }
  },

  'duplicate-catch-async': () => async (_req, res) => {
    const notify = () => Promise.reject(new Error('mail refused'))
    try {
      res.writeHead(201, json)
      res.end('{"ok":true}') // @first
      await notify()
    } catch {
      res.writeHead(500, json) // @second
      res.end('{"error":"could not order"}')
    }
  },

  'throw-after-send': () => (_req, res) => {
    res.writeHead(201, json)
    res.end('{"ok":true}') // @first
    throw new Error('mail refused') // @second
  },

  'throw-after-send-async': () => async (_req, res) => {
    res.writeHead(201, json)
    res.end('{"ok":true}') // @first
    await findUser('1')
    throw new Error('mail refused') // @second
  },

  'end-twice-with-text': () => (_req, res) => {
    res.end('one') // @first
    res.end('two') // @second
  },

  'write-head-twice': () => (_req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/plain' }) // @first
    res.writeHead(500) // @second
    res.end('ok')
  },

  'large-double-send': () => (_req, res) => {
    res.end('x'.repeat(8_000_000)) // @first
    res.writeHead(500) // @second
    res.end('again')
  },
}
