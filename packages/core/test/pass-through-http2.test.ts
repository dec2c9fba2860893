import { connect, createServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { respondOnce, type Violation } from '../src/node.ts'
import { outcomeOf } from './twins.ts'

type Listener = (request: Http2ServerRequest, response: Http2ServerResponse) => void
type Play = (response: Http2ServerResponse) => unknown

/** One exchange: what the client received, and what the handler saw. */
async function exchange(mount: (listener: Listener) => Listener, play: Play) {
  let played: Promise<unknown> | undefined
  const server = createServer(
    mount((_request, response) => {
      played = (async () => play(response))()
      played.catch(() => response.destroy())
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  try {
    const stream = client.request({ ':path': '/' })
    const wire: unknown[] = []
    for (const event of ['headers', 'response', 'trailers'] as const) {
      stream.on(event, (headers: object) => wire.push([event, { ...headers, date: 'masked' }]))
    }
    let body = ''
    stream.setEncoding('latin1').on('data', (text: string) => {
      body += text
    })
    stream.on('error', ({ code }: NodeJS.ErrnoException) => wire.push(code))
    stream.end()
    await new Promise((resolve) => stream.on('close', resolve))
    return { wire, body, saw: await played }
  } finally {
    client.close()
    server.close()
  }
}

const PLAYS: Readonly<Record<string, Play>> = {
  'return values': async (response) => {
    const of = (call: () => unknown) => outcomeOf(response, call)
    const saw = [
      of(() => response.setHeader('X-A', '1')),
      of(() => response.appendHeader('x-a', '2')),
      of(() => response.removeHeader('x-b')),
      of(() => response.writeContinue()),
      of(() => response.writeEarlyHints({ link: '</a>; rel=preload' })),
      of(() => response.writeHead(201, { 'x-c': '3' })),
      of(() => response.write('00ff', 'hex')),
      of(() => response.addTrailers({ 'x-sum': '1' })),
      of(() => response.end('b2s=', 'base64')),
      of(() => response.end()),
      response.headersSent,
      response.writableEnded,
    ]
    await finished(response)
    return saw
  },
  callbacks: async (response) => {
    const calls: string[] = []
    response.write('a', () => calls.push('write'))
    response.end('b', 'utf8', () => calls.push('end'))
    await finished(response)
    return calls
  },
  'keys, names, arity and listeners': async (response) => {
    const shapes: string[] = []
    for (let at: object = response; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
      for (const key of Object.getOwnPropertyNames(at)) {
        // Node warns whoever reads the status message.
        const value: unknown = /^_|^statusMessage$/.test(key) ? undefined : response[key as keyof Http2ServerResponse]
        if (typeof value === 'function') shapes.push(`${key} ${value.name} ${value.length}`)
      }
    }
    const counts = response.eventNames().map((event) => [String(event), response.listenerCount(event)])
    response.end()
    return { shapes: [...new Set(shapes)].toSorted(), counts, keys: Reflect.ownKeys(response).map(String) }
  },
  'a pipe': async (response) => {
    const returned = outcomeOf(response, () => Readable.from(['a', 'b']).pipe(response as never))
    await finished(response)
    return returned
  },
  'late calls': async (response) => {
    const errors: unknown[] = []
    response.on('error', ({ code }: NodeJS.ErrnoException) => errors.push(code))
    response.end('first')
    const late = [
      outcomeOf(response, () => response.setHeader('x', '1')),
      outcomeOf(response, () => response.writeHead(500)),
      outcomeOf(response, () => response.write('late', () => errors.push('called'))),
      outcomeOf(response, () => response.end('second')),
    ]
    await finished(response).catch(() => undefined)
    return { late, errors }
  },
}

const bare = new Map<string, unknown>()

// The guard's members stand on the one prototype that all http2 responses of a process share: first without them.
beforeAll(async () => {
  for (const [name, play] of Object.entries(PLAYS)) bare.set(name, await exchange((listener) => listener, play))
})

// What `protect` holds back is no longer what it is without the guard.
const CASES = Object.keys(PLAYS).flatMap((name) =>
  name === 'late calls' ? [[name, 'observe'] as const] : [[name, 'observe'] as const, [name, 'protect'] as const],
)

describe('http2', () => {
  it.each(CASES)('%s are under %s what they are without the guard', async (name, policy) => {
    const violations: Violation[] = []
    const options = { policy, reporters: [], onViolation: (told: Violation) => violations.push(told) }
    const guarded = await exchange((listener) => respondOnce(listener, options), PLAYS[name] as Play)
    expect(guarded).toEqual(bare.get(name))
    expect(violations.length > 0).toBe(name === 'late calls')
  })

  it.each(Object.keys(PLAYS))('%s are what they are without the guard, on a server that has none', async (name) => {
    expect(await exchange((listener) => listener, PLAYS[name] as Play)).toEqual(bare.get(name))
  })

  it('is seen: a real answer, its trailers and its late calls', () => {
    expect(bare.get('return values')).toMatchObject({ body: '\0\xffok', saw: expect.arrayContaining(['this', true]) })
    expect(bare.get('callbacks')).toMatchObject({ saw: ['write', 'end'] })
    expect(bare.get('late calls')).toMatchObject({ body: 'first' })
  })
})
