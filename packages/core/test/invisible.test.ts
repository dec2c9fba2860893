import { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { setFlagsFromString } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { isGuarded } from '../src/lifecycle.ts'
import { respondOnce } from '../src/node.ts'
import { run } from './child.ts'
import { guardedBy, twins } from './twins.ts'
import { exchanges, type Mount } from './wire.ts'

/** Node puts these two on a response when they are assigned; with the guard they are accessors, see below. */
const isStatus = (key: PropertyKey) => key === 'statusCode' || key === 'statusMessage'

const keysOf = (response: ServerResponse) => {
  const all: string[] = []
  for (const key in response) all.push(key)
  const without = (keys: readonly PropertyKey[]) => keys.filter((key) => !isStatus(key)).map(String)
  return {
    keys: without(Object.keys(response)),
    spread: without(Reflect.ownKeys({ ...response })),
    own: without(Reflect.ownKeys(response)),
    all: all.toSorted(),
    isResponse: response instanceof ServerResponse,
    constructorName: response.constructor.name,
    tag: Object.prototype.toString.call(response),
  }
}

/** How many listen to each event of the response, its request and its socket. */
const listenersOf = (response: ServerResponse) =>
  [response, response.req, response.socket].map((emitter) =>
    Object.fromEntries((emitter?.eventNames() ?? []).map((name) => [String(name), emitter?.listenerCount(name)])),
  )

/** The functions that a response has, whoever it has them from. */
function methodsOf(response: ServerResponse): Record<string, readonly [name: string, length: number]> {
  const methods: Record<string, readonly [string, number]> = {}
  for (let at: object = response; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const key of Object.getOwnPropertyNames(at)) {
      if (key.startsWith('_')) continue
      // Asked of the response: some of Node's accessors work on nothing else.
      const value: unknown = response[key as keyof ServerResponse]
      if (typeof value === 'function') methods[key] ??= [value.name, value.length]
    }
  }
  return methods
}

describe('the response', () => {
  it('has the keys that it has without the guard', async () => {
    const { saw } = await twins((response) => {
      const fresh = keysOf(response)
      response.setHeader('x-a', '1')
      response.statusCode = 404
      const staged = keysOf(response)
      response.writeHead(404, 'Nowhere')
      const written = keysOf(response)
      response.end('body')
      return { fresh, staged, written, ended: keysOf(response) }
    })
    expect(saw.fresh.keys).toContain('outputData')
    expect(saw.fresh).toMatchObject({ isResponse: true, constructorName: 'ServerResponse' })
  })

  it('keeps its status off the response, and shows it as ever', async () => {
    const play = (response: ServerResponse) => {
      response.writeHead(404, 'Nowhere').end()
      return [
        Object.hasOwn(response, 'statusCode'),
        'statusCode' in response,
        response.statusCode,
        response.statusMessage,
      ]
    }
    const [guarded] = await exchanges(guardedBy({}), play)
    expect(guarded?.saw).toEqual([false, true, 404, 'Nowhere'])
  })

  it('has methods of the same name and arity', async () => {
    const { saw } = await twins((response) => {
      const methods = methodsOf(response)
      response.end()
      return methods
    })
    expect(saw).toMatchObject({ setHeader: ['setHeader', 2], writeHead: ['writeHead', 3], end: ['end', 3] })
  })

  it('has no listeners but its own, from its beginning to its end', async () => {
    const { saw } = await twins(async (response) => {
      const counts = [listenersOf(response)]
      response.setHeader('x-a', '1')
      response.write('part')
      counts.push(listenersOf(response))
      const ended = finished(response)
      counts.push(listenersOf(response))
      response.end()
      counts.push(listenersOf(response))
      await ended
      return counts
    })
    const [[own] = []] = saw
    expect(own).not.toHaveProperty('error')
  })

  it('has no listeners but those of the pipe while a stream is piped into it', async () => {
    await twins(async (response) => {
      const source = Readable.from(['a', 'b'])
      source.pipe(response)
      const counts = listenersOf(response)
      await finished(response)
      return counts
    })
  })

  it('has none of ours on its errors, where a rule waits and a body breaks off', async () => {
    const policy = {
      rules: { 'no-response': ['report', { afterMs: 1000 }], 'truncated-response': ['suppress', { graceMs: 50 }] },
    } as const
    const { saw } = await twins(async (response) => {
      const source = new Readable({ read: () => undefined })
      source.on('error', () => undefined)
      source.pipe(response)
      source.push('part')
      await new Promise(setImmediate)
      source.destroy(new Error('broken'))
      await new Promise(setImmediate)
      const counts = [response.listenerCount('error'), response.socket?.listenerCount('error')]
      response.destroy()
      return counts
    }, policy)
    // Of the pipe, and of the server.
    expect(saw).toEqual([1, 1])
  })

  it('can be wrapped by a library, and unwrapped again', async () => {
    const { saw } = await twins((response) => {
      const calls: string[] = []
      const { end, write } = response
      response.write = function (this: ServerResponse, ...args: unknown[]) {
        calls.push(`write ${this === response} ${args.length}`)
        return Reflect.apply(write, this, args) as boolean
      } as typeof write
      response.end = function (this: ServerResponse, ...args: unknown[]) {
        calls.push(`end ${this === response} ${args.length}`)
        response.write = write
        response.end = end
        return Reflect.apply(end, this, args) as ServerResponse
      } as typeof end
      response.write('part')
      calls.push(String(response.end('last', 'utf8') === response), String(response.end === end))
      return calls
    })
    expect(saw).toEqual(['write true 1', 'end true 2', 'true', 'true'])
  })
})

describe('the listener', () => {
  it('keeps the name, the arity, the receiver and the value of the handler', async () => {
    const seen: unknown[] = []
    const handler = function answer(this: unknown, _request: unknown, response: ServerResponse) {
      seen.push(this)
      response.end('answered')
      return 42
    }
    const guarded = respondOnce(handler, { reporters: [] })
    expect([guarded.name, guarded.length]).toEqual(['answer', 2])
    const receiver = {}
    const mount = (_handler: unknown) => (request: unknown, response: ServerResponse) => {
      seen.push(guarded.call(receiver, request, response))
    }
    const [one] = await exchanges(mount, () => undefined)
    expect(one?.wire).toContain('answered')
    expect(seen).toEqual([receiver, 42, receiver, 42])
  })

  const tag = Symbol('handle')
  it.each<[string, () => unknown]>([
    ['no name and no parameter', () => undefined],
    ['a rest parameter', (...all: unknown[]) => all],
    ['a name that is no text', Object.defineProperty(() => undefined, 'name', { value: 7 })],
    ['a symbol for a name', { [tag]: () => undefined }[tag] as () => undefined],
  ])('has the name and the arity of a handler with %s', (_, handler) => {
    const guarded = respondOnce(handler, { reporters: [] })
    expect([guarded.name, guarded.length]).toEqual([handler.name, handler.length])
  })

  it('has the arity of a handler with three parameters', () => {
    const handler = (_request: unknown, _response: unknown, _next?: unknown) => undefined
    expect(respondOnce(handler as () => undefined, { reporters: [] }).length).toBe(3)
  })

  it('is no slow object, which Node would call by a slow `apply`', () => {
    setFlagsFromString('--allow-natives-syntax')
    const isFast = new Function('value', 'return %HasFastProperties(value)') as (value: object) => boolean
    const handle = (_request: unknown, response: ServerResponse) => response.end()
    expect(isFast(respondOnce(handle, { reporters: [] }))).toBe(true)
  })

  it('lets an error of the handler through', async () => {
    const error = new Error('mine')
    const thrown: unknown[] = []
    const guarded = guardedBy({})(() => {
      throw error
    })
    const mount: Mount = () => (request, response) => {
      try {
        guarded(request, response)
      } catch (caught) {
        thrown.push(caught, isGuarded(response))
        response.destroy()
      }
    }
    await exchanges(mount, () => undefined)
    expect(thrown).toEqual([error, true, error, true])
  })
})

describe('the process', () => {
  it.each(['unanswered', 'broken'])(
    'ends by itself when only the guard waits for a response that is %s',
    async (state) => {
      const { code, output, ms } = await run('idle.ts', state)
      expect(output).toBe(state === 'broken' ? 'told truncated-response\nidle\n' : 'idle\n')
      expect(code).toBe(0)
      expect(ms).toBeLessThan(15_000)
    },
  )
})
