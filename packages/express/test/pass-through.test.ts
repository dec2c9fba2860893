import type { RequestListener, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import { describe, expect, it } from 'vitest'
import { exchanges, type Mount, parts } from '../../core/test/wire.ts'
import { type PresetName, respondOnce, type Violation } from '../src/index.ts'
import { type Express, VERSIONS } from './versions.ts'

const FILE = fileURLToPath(new URL('../package.json', import.meta.url))

/**
 * A copy of Express, and of its router, that no guard has seen: members stand on the prototypes that all applications of
 * a copy share.
 */
function untouched(packageName: string): Express {
  const require = createRequire(import.meta.url)
  const before = Object.entries(require.cache).filter(([path]) => path.includes('node_modules'))
  for (const [path] of before) delete require.cache[path]
  const copy = require(packageName) as Express
  for (const [path, module] of before) require.cache[path] = module
  return copy
}

const PACKAGES: Readonly<Record<string, string>> = {
  'Express 5.3': 'express',
  'Express 5.0.0': 'express50',
  'Express 4.22': 'express4',
  'Express 4.18.0': 'express418',
}

type Play<T> = (response: Response) => T | Promise<T>

/** Where Express passes an error on. */
const afterwards: ErrorRequestHandler = (error: NodeJS.ErrnoException, _req, res, _next) => {
  res.status(500).end(`next ${error.code ?? error.name}`)
}

interface Mounting {
  readonly guard?: RequestHandler
  /** Whether Express's own final handler answers errors. */
  readonly isFinal?: boolean
}

function mounted(express: Express, { guard, isFinal = false }: Mounting = {}): Mount {
  return (handler) => {
    const app = express()
    app.set('env', 'test')
    app.engine('txt', (_path: string, options: object, done: (error: unknown, text: string) => void) =>
      done(null, `hello ${(options as { who?: string }).who}`),
    )
    app.set('view engine', 'txt')
    app.set('views', fileURLToPath(new URL('./views', import.meta.url)))
    if (guard !== undefined) app.use(guard)
    app.use(handler as RequestHandler)
    if (!isFinal) app.use(afterwards)
    return app as unknown as RequestListener
  }
}

/** What a call came to: `this` where it returned the response, else its value, or the code of what it threw. */
function outcome(response: object, call: () => unknown): unknown {
  try {
    const value = call()
    return value === response ? 'this' : typeof value
  } catch (error) {
    return `throws ${(error as NodeJS.ErrnoException).code ?? (error as Error).name}`
  }
}

const ended = (response: ServerResponse) => new Promise((resolve) => response.on('close', resolve))

/** Every answer and every setter, as it is called. */
const CALLS: readonly (readonly [name: string, call: (response: Response) => unknown])[] = [
  ['send a text', (res) => res.send('größe')],
  ['send a buffer', (res) => res.send(Buffer.from([0, 255]))],
  ['send an object', (res) => res.send({ n: 1 })],
  ['send nothing', (res) => res.send()],
  ['json', (res) => res.status(201).json({ n: 1 })],
  ['json of undefined', (res) => res.json(undefined)],
  ['jsonp', (res) => res.jsonp({ n: 1 })],
  ['sendStatus', (res) => res.sendStatus(404)],
  ['sendStatus without a body', (res) => res.sendStatus(204)],
  ['redirect', (res) => res.redirect('/elsewhere')],
  ['redirect with a status', (res) => res.redirect(301, '/elsewhere')],
  ['render', (res) => res.render('page', { who: 'you' })],
  ['render what is not there', (res) => res.render('nowhere')],
  ['sendFile', (res) => res.sendFile(FILE)],
  ['sendFile of what is not there', (res) => res.sendFile(`${FILE}.nowhere`)],
  ['sendFile with options', (res) => res.sendFile(FILE, { headers: { 'X-Served': '1' }, lastModified: false })],
  ['sendFile without a path', (res) => res.sendFile(undefined as never)],
  ['download', (res) => res.download(FILE, 'name.json')],
  ['format', (res) => res.format({ text: () => res.send('text'), default: () => res.send('other') })],
  ['end', (res) => res.status(202).end('raw')],
  ['json that cannot be made', (res) => res.json({ n: 1n } as never)],
  ['status out of range', (res) => res.status(1).send('x')],
]

const SETTERS: readonly (readonly [name: string, call: (response: Response) => unknown])[] = [
  ['status', (res) => res.status(418)],
  ['set', (res) => res.set('X-One', '1')],
  ['set of many', (res) => res.set({ 'X-Two': '2', 'x-three': '3' })],
  ['header', (res) => res.header('X-Four', ['4', '5'])],
  ['append', (res) => res.append('X-One', '6')],
  ['type', (res) => res.type('txt')],
  ['links', (res) => res.links({ next: '/2' })],
  ['location', (res) => res.location('/there')],
  ['attachment', (res) => res.attachment('a.txt')],
  ['vary', (res) => res.vary('Accept')],
  ['cookie', (res) => res.cookie('a', '1', { httpOnly: true })],
  ['clearCookie', (res) => res.clearCookie('b')],
  ['get', (res) => res.get('X-One')],
]

describe.each(VERSIONS)('$name', ({ name, express }) => {
  const copy = untouched(PACKAGES[name] as string)

  /** Plays a handler with and without the guard; neither the client nor the handler may tell. */
  async function twins<T>(play: Play<T>, policy: PresetName = 'protect', isFinal = false) {
    const violations: Violation[] = []
    const guard = () =>
      respondOnce({ policy, reporters: [], onViolation: (told) => violations.push(told) }) as unknown as RequestHandler
    const handle = (response: ServerResponse) => play(response as Response)
    const [bare] = await exchanges(mounted(copy, { isFinal }), handle)
    const guarded = await exchanges((handler) => mounted(express, { guard: guard(), isFinal })(handler), handle)
    expect(guarded).toEqual([bare, bare])
    return { wire: bare?.wire ?? '', saw: bare?.saw as T, violations }
  }

  it.each(CALLS)('%s', async (_name, call) => {
    const { wire, saw, violations } = await twins(async (res) => {
      const over = ended(res)
      const returned = outcome(res, () => call(res))
      const { headersSent, writableEnded, statusCode } = res
      if (String(returned).startsWith('throws')) res.status(500).end(String(returned))
      await over
      return { returned, headersSent, writableEnded, statusCode }
    })
    expect(wire).toMatch(/^HTTP\/1\.1 \d{3} /)
    expect(saw.returned).toMatch(/^(this|undefined|object|throws .*)$/)
    expect(violations).toEqual([])
  })

  it.each<[string, (response: Response) => unknown, number]>([
    ['a file that is not there', (res) => res.sendFile(`${FILE}.nowhere`), 404],
    ['nobody', (res) => res.req.next?.(), 404],
  ])('the final handler answers for %s', async (_name, call, status) => {
    const { wire, violations } = await twins(
      async (res) => {
        const over = ended(res)
        call(res)
        await over
      },
      'protect',
      true,
    )
    expect(wire).toContain(`HTTP/1.1 ${status} `)
    expect(violations).toEqual([])
  })

  it('setters return what they return, and set what they set', async () => {
    const { wire, saw } = await twins((res) => {
      const returned = SETTERS.map(([setter, call]) => `${setter} ${outcome(res, () => call(res))}`)
      res.end('body')
      return returned
    })
    expect(saw).toContain('status this')
    expect(parts(wire).head).toEqual(
      expect.arrayContaining(["HTTP/1.1 418 I'm a Teapot", 'X-One: 1', 'X-One: 6', 'Vary: Accept']),
    )
  })

  it('callbacks of files and views are called once, as they are called without the guard', async () => {
    const { saw } = await twins(async (res) => {
      const over = ended(res)
      const calls: string[] = []
      res.render('page', { who: 'me' }, (error, html) => calls.push(`render ${error} ${html}`))
      res.sendFile(`${FILE}.nowhere`, (error) => {
        calls.push(`sendFile ${(error as NodeJS.ErrnoException).code} ${res.headersSent}`)
        res.download(FILE, (late) => calls.push(`download ${late}`))
      })
      await over
      return calls
    })
    expect(saw).toEqual(['render null hello me', 'sendFile ENOENT false', 'download undefined'])
  })

  it('answers leave in the turn in which they are given', async () => {
    const { saw } = await twins((res) => {
      const before = res.socket?.bytesWritten ?? 0
      res.json({ n: 1 })
      return [(res.socket?.bytesWritten ?? 0) > before, res.headersSent, res.writableEnded]
    })
    expect(saw).toEqual([true, true, true])
  })

  it('methods keep their names, their arity and their place among the keys', async () => {
    const { saw } = await twins((res) => {
      const shapes: Record<string, unknown> = {}
      for (const key in res) {
        const value: unknown = key.startsWith('_') ? undefined : res[key as keyof Response]
        shapes[key] = typeof value === 'function' ? `${value.name}/${value.length}` : 'no method'
      }
      const counts = [res, res.req, res.socket].map((one) => one?.eventNames().map((event) => one.listenerCount(event)))
      res.end()
      return { shapes, counts, own: Object.keys(res).filter((key) => !/^status(Code|Message)$/.test(key)) }
    })
    expect(Object.keys(saw.shapes)).toEqual(
      expect.arrayContaining(['json', 'send', 'redirect', 'setHeader', 'statusCode']),
    )
  })

  it('under report a second answer and a late header fail as ever', async () => {
    const { saw, wire, violations } = await twins((res) => {
      res.json({ n: 1 })
      const late = [
        () => res.json({ n: 2 }),
        () => res.send('second'),
        () => res.redirect('/second'),
        () => res.sendStatus(500),
        () => res.set('X-Late', '1'),
        () => res.cookie('late', '1'),
        () => res.status(500),
      ]
      return [...late.map((call) => outcome(res, call)), res.statusCode]
    }, 'observe')
    expect(new Set(saw.slice(0, 6))).toEqual(new Set(['throws ERR_HTTP_HEADERS_SENT']))
    expect(saw.slice(6)).toEqual(['this', 500])
    expect(parts(wire).body).toBe('{"n":1}')
    expect(violations[0]).toMatchObject({ kind: 'double-response', action: 'report' })
  })

  it.each(['observe', 'protect', 'strict'] as const)(
    'under %s a bare end after an answer does nothing',
    async (policy) => {
      const { saw, violations } = await twins((res) => {
        res.send('whole')
        return outcome(res, () => res.end())
      }, policy)
      expect(saw).toBe('this')
      expect(violations).toEqual([])
    },
  )
})
