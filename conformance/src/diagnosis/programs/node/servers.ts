import { EventEmitter } from 'node:events'
import { createReadStream, readFile } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { later } from '../../../programs/shop.ts'
import type { NodeDiagnoses } from '../../program.ts'

class Shop {
  readonly #routes: Readonly<Record<string, (res: ServerResponse) => void>> = {
    '/x': (res) => void res.end('x'), // @first routed-class
  }

  handle = (req: IncomingMessage, res: ServerResponse): void => {
    this.#routes[req.url ?? '']?.(res)
    res.writeHead(404).end('nothing') // @second routed-class
  }
}

function json(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'Content-Type': 'application/json' }) // @second helper-twice
  res.end(JSON.stringify(body)) // @first helper-twice
}

export const programs: NodeDiagnoses = {
  // double-response missing-return GET /x
  'routed-class': new Shop().handle,

  // double-response missing-return GET /x
  'helper-twice': (req, res) => {
    if (req.headers['x-key'] === undefined) json(res, 401, {})
    json(res, 200, {})
  },

  // double-response missing-return GET /x
  'read-file-callback': (_req, res) => {
    readFile('/nowhere/at/all', (error, data) => {
      if (error) res.end('no such file') // @first
      res.end(data ?? 'empty') // @second
    })
  },

  // double-response late-callback POST /x
  'data-and-end': (req, res) => {
    req.on('data', () => {
      if (!res.writableEnded) res.writeHead(413).end() // @first
    })
    const answer = () => res.end('thanks') // @second
    req.on('end', () => setTimeout(answer, 5))
  },

  // double-response timeout GET /x
  'response-timeout': (_req, res) => {
    res.setTimeout(15, () => {
      res.end('slow') // @first
    })
    res.once('finish', () => {
      later(12, () => {
        res.end('done') // @second
      })
    })
  },

  // double-response stream GET /x
  'file-stream-end': (_req, res) => {
    const file = createReadStream(import.meta.filename)
    file.pipe(res) // @first
    file.on('end', () => {
      res.end('--end--') // @second
    })
  },

  // double-response missing-return GET /x
  'body-by-iteration': async (req, res) => {
    let length = 0
    for await (const chunk of req) length += (chunk as Buffer).length
    if (length === 0) res.writeHead(400).end('empty') // @first
    res.end(`${length} bytes`) // @second
  },

  // late-header missing-return GET /x
  'header-after-end': (_req, res) => {
    res.end('ok') // @first
    res.setHeader('X-Late', '1') // @second
  },

  // double-response missing-return GET /x
  'event-twice': (_req, res) => {
    const bus = new EventEmitter()
    bus.on('answer', (text: string) => {
      res.end(text) // @first @second
    })
    bus.emit('answer', 'one')
    bus.emit('answer', 'two')
  },

  // double-response duplicate-catch GET /x
  'finally-too-late': async (_req, res) => {
    try {
      res.end('fine') // @first
      await sleep(1)
      throw new Error('afterwards')
    } catch {
      res.writeHead(500).end('failed') // @second
    }
  },

  // write-after-end late-callback GET /x
  'subscriber-stays': (_req, res) => {
    const bus = new EventEmitter()
    bus.on('message', (text: string) => {
      res.write(text) // @second
    })
    res.end('closed') // @first
    setTimeout(() => bus.emit('message', 'late'), 10)
  },
}
