import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import compression from 'compression'
import type { HttpPrograms } from '../../frameworks/node-http.ts'

const fixtures = resolve(import.meta.dirname, '../../../fixtures')

export const programs: HttpPrograms = {
  'raw-write-head-forms': () => (_req, res) => {
    res.setHeader('X-Before', '1')
    res.writeHead(203, 'Sort of', ['X-One', '1', 'x-TWO', '2'])
    res.end('ok')
  },

  'raw-write-head-pairs': () => (_req, res) => {
    res.writeHead(200, [
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ] as never)
    res.end('ok')
  },

  'raw-set-headers': () => (_req, res) => {
    res.setHeaders(new Map([['X-One', '1']]))
    res.appendHeader('X-One', '2')
    res.statusMessage = 'Quite fine'
    res.end('ok')
  },

  'raw-processing': () => (_req, res) => {
    res.writeProcessing()
    res.writeContinue()
    res.end('ok')
  },

  'raw-pipelined': () => (req, res) => {
    setTimeout(() => res.end(`n ${req.url}`), req.url === '/1' ? 15 : 2)
  },

  'raw-http10-style': () => (_req, res) => {
    res.shouldKeepAlive = false
    res.end('bye')
  },

  'raw-upgrade': ({ whenServed }) => {
    whenServed((server) => {
      server.on('upgrade', (_req, socket) => {
        socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nhello')
      })
    })
    return (_req, res) => res.end('page')
  },

  'raw-compression': () => {
    const compress = compression({ threshold: 0 })
    return (req, res) => {
      compress(req as never, res as never, () => {
        res.setHeader('Content-Type', 'text/plain')
        createReadStream(`${fixtures}/page.txt`).pipe(res)
      })
    }
  },

  'raw-throws-unanswered': () => () => {
    throw new Error('no database')
  },

  'raw-socket-dropped': () => (req) => {
    req.socket.destroy()
  },
}
