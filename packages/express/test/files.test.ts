import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Express as Application, ErrorRequestHandler, Response } from 'express'
import { describe, expect, it } from 'vitest'
import { brief, lineOf } from '../../core/test/places.ts'
import { afterwards, bare, breakOff, closeAfterTest, guarded, guardOf, keeping, type Request } from './serve.ts'
import { VERSIONS } from './versions.ts'

const root = mkdtempSync(join(tmpdir(), 'files-'))
mkdirSync(join(root, 'folder'))
writeFileSync(join(root, 'file.txt'), '0123456789')
writeFileSync(join(root, 'large.bin'), Buffer.alloc(8_000_000, 'x'))
const file = join(root, 'file.txt')

const at = (text: string) => lineOf(import.meta.url, text)

const answersErrors: ErrorRequestHandler = (error, _req, res, next) =>
  res.headersSent ? next(error) : void res.status(error.status ?? 500).send('failed')

/** Files, rightly sent or rightly refused; the same with and without the guard. */
const INNOCENTS: Readonly<Record<string, readonly [(res: Response) => void, Request?]>> = {
  'a file': [(res) => res.sendFile(file)],
  'a file below a root': [(res) => res.sendFile('file.txt', { root })],
  'a file with a callback': [(res) => res.sendFile(file, () => {})],
  'a file with headers of its own': [(res) => res.sendFile(file, { headers: { 'x-own': '1' }, maxAge: 1000 })],
  'a file with a status of its own': [(res) => res.status(203).sendFile(file)],
  'a file for HEAD': [(res) => res.sendFile(file), { method: 'HEAD' }],
  'a range': [(res) => res.sendFile(file), { headers: { range: 'bytes=2-4' } }],
  'a range that cannot be': [(res) => res.sendFile(file), { headers: { range: 'bytes=50-60' } }],
  'a file that the client has': [
    (res) => res.sendFile(file),
    { headers: { 'if-modified-since': 'Fri, 31 Dec 2100 00:00:00 GMT' } },
  ],
  'a file that is missing': [(res) => res.sendFile(join(root, 'missing.txt'))],
  'a folder': [(res) => res.sendFile(join(root, 'folder'))],
  'a path that leaves the root': [(res) => res.sendFile('../../etc/passwd', { root })],
  'a dotfile': [(res) => res.sendFile('.hidden', { root, dotfiles: 'deny' })],
  'a relative path without a root': [(res) => res.sendFile('file.txt')],
  'no path': [(res) => res.sendFile(undefined as unknown as string)],
  'a download': [(res) => res.download(file, 'other name.txt')],
  'a download that is missing': [(res) => res.download(join(root, 'missing.txt'))],
  'a download with a callback': [(res) => res.download(file, 'other.txt', {}, () => {})],
  'a missing file whose callback answers': [
    (res) => res.sendFile(join(root, 'missing.txt'), (error) => error && void res.status(410).json({ gone: true })),
  ],
  'a missing download whose callback answers': [
    (res) => res.download(join(root, 'missing.txt'), (error) => error && void res.status(410).json({ gone: true })),
  ],
  'a missing file whose callback passes on': [
    (res) => res.sendFile(join(root, 'missing.txt'), (error) => error && res.req.next?.(error)),
  ],
  'a missing file whose callback sends another': [
    (res) => res.sendFile(join(root, 'missing.txt'), (error) => error && res.sendFile(file)),
  ],
}

describe.each(VERSIONS)('files in $name', ({ express }) => {
  describe.each(['an error handler', 'no error handler'])('with %s', (handler) => {
    it.each(Object.entries(INNOCENTS))('%s', async (_name, [send, request]) => {
      const build = (app: Application) => {
        app.all('/x', (_req, res) => send(res))
        if (handler === 'an error handler') app.use(answersErrors)
      }
      const { ask, violations } = await guarded(express, build, { policy: 'strict' })
      const [reply, native] = [await ask('/x', request), await (await bare(express, build))('/x', request)]
      const essence = ({ status, headers, body, ended }: typeof reply) => ({
        status,
        ended,
        // Error pages show stacks, and those have the guard's frames in them.
        body: body.startsWith('<!DOCTYPE') ? 'a page' : body,
        headers: body.startsWith('<!DOCTYPE') ? headers['content-type'] : { ...headers, date: '' },
      })
      expect(essence(reply)).toEqual(essence(native))
      await afterwards()
      expect(violations).toEqual([])
    })
  })

  async function visit(build: (app: Application) => void) {
    const { ask, violations } = await guarded(express, build)
    const { status, body, ended } = await ask('/x')
    await afterwards(30)
    return { reply: { status, body, ended }, briefs: violations.map(brief), violations }
  }

  it('an answer while a file is pending', async () => {
    const { reply, briefs } = await visit((app) =>
      app.get('/x', (_req, res) => {
        res.sendFile(file) // pending-file
        res.status(500).json({ late: true }) // overtaking-json
      }),
    )
    expect(reply).toEqual({ status: 200, body: '0123456789', ended: 'whole' })
    expect(briefs).toEqual([
      `double-response suppress res.sendFile:${at('// pending-file')} res.json:${at('// overtaking-json')}`,
    ])
  })

  it('a header while a file is pending is none of our business', async () => {
    const { reply, briefs } = await visit((app) =>
      app.get('/x', (_req, res) => {
        res.sendFile(file)
        res.set('x-in-time', '1')
      }),
    )
    expect([reply.body, briefs]).toEqual(['0123456789', []])
  })

  it('two files', async () => {
    const { reply, briefs } = await visit((app) =>
      app.get('/x', (_req, res) => {
        res.sendFile(file) // file-once
        res.download(file) // file-twice
      }),
    )
    expect(reply).toEqual({ status: 200, body: '0123456789', ended: 'whole' })
    expect(briefs).toEqual([
      `double-response suppress res.sendFile:${at('// file-once')} res.download:${at('// file-twice')}`,
    ])
  })

  it('an answer in the callback of a file that was sent', async () => {
    const { reply, briefs } = await visit((app) =>
      app.get('/x', (_req, res) => {
        const done = () => res.send('done') // in-callback
        res.sendFile(file, done) // file-with-callback
      }),
    )
    expect(reply).toEqual({ status: 200, body: '0123456789', ended: 'whole' })
    expect(briefs).toEqual([
      `double-response suppress res.sendFile:${at('// file-with-callback')} res.send:${at('// in-callback')}`,
    ])
  })

  it('a missing file whose callback answers twice', async () => {
    const { reply, briefs } = await visit((app) =>
      app.get('/x', (_req, res) => {
        res.sendFile(join(root, 'missing.txt'), () => {
          res.status(404).send('missing') // missing-once
          res.send('again') // missing-twice
        })
      }),
    )
    expect(reply).toEqual({ status: 404, body: 'missing', ended: 'whole' })
    expect(briefs).toEqual([
      `double-response suppress res.send:${at('// missing-once')} res.send:${at('// missing-twice')}`,
    ])
  })

  it('the callback of a refused file is called, as an application may wait for it', async () => {
    let called = 0
    await visit((app) =>
      app.get('/x', (_req, res) => {
        res.send('first')
        res.sendFile(file, () => void called++)
      }),
    )
    expect(called).toBe(1)
  })

  it('a client that breaks off in the middle of a file is no mistake of whoever passes the error on', async () => {
    const { violations, options } = keeping({ policy: 'strict' })
    const app = express()
    app.set('env', 'test')
    app.use(guardOf(options))
    const passed: unknown[] = []
    app.get('/x', (_req, res, next) => {
      res.sendFile(join(root, 'large.bin'), (error) => {
        if (error) next(error)
      })
    })
    const last: ErrorRequestHandler = (error, _req, res, next) => {
      passed.push(error.code, res.headersSent, res.destroyed)
      next(error)
    }
    app.use(last)
    await breakOff(app, '/x')
    expect(passed).toEqual(['ECONNABORTED', true, false])
    expect(violations).toEqual([])
  })

  it('nor is one that breaks off when an answer has been made, and is still on its way', async () => {
    const { violations, options } = keeping({ policy: 'strict' })
    const app = express()
    app.set('env', 'test')
    app.use(guardOf(options))
    const ended: unknown[] = []
    app.get('/x', (req, res, next) => {
      res.json('x'.repeat(8_000_000))
      req.socket.once('error', (error) => {
        ended.push(res.writableEnded, res.destroyed)
        next(error)
      })
    })
    await breakOff(app, '/x')
    expect(ended).toEqual([true, false])
    expect(violations).toEqual([])
  })

  it('a client that leaves in the middle of a file is no mistake', async () => {
    const { violations, options } = keeping({ policy: 'strict' })
    const app = express()
    app.set('env', 'test')
    app.use(guardOf(options))
    let left: unknown
    app.get('/x', (_req, res) => {
      res.sendFile(join(root, 'large.bin'), (error) => {
        left = error
        if (error && !res.headersSent) res.status(500).end()
      })
    })
    const server = createServer(app)
    closeAfterTest(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise<void>((resolve) => {
      const client = get({ port, host: '127.0.0.1', path: '/x' }, (response) => {
        response.once('data', () => client.destroy())
        response.on('error', () => {})
        response.once('close', resolve)
      })
      client.on('error', () => {})
    })
    await afterwards(60)
    expect(left).toMatchObject({ code: 'ECONNABORTED' })
    expect(violations).toEqual([])
  })
})
