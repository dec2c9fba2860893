import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { deflateRaw } from 'node:zlib'
import { expect, it } from 'vitest'
import { respondOnce } from '../src/node.ts'
import type { Policy, PresetName } from '../src/policy/model.ts'
import { closeAfterTest } from './serve.ts'

// Libraries that take an answer, wait, and give it on later, in every way that was seen: none of it is a mistake.

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown
type End = (...args: unknown[]) => ServerResponse

const endOf = (response: ServerResponse) => response.end as unknown as End
const setEnd = (response: ServerResponse, end: End) => Object.assign(response, { end })

/** Takes the answer, and hands it on as `later` says, in a turn of its own. */
function withholding(later: (response: ServerResponse, native: End, args: unknown[]) => unknown): Handler {
  return (_request, response) => {
    const native = endOf(response)
    setEnd(response, (...args) => {
      setTimeout(() => later(response, native, args), 5)
      return response
    })
    response.setHeader('content-type', 'text/plain')
    response.end('body')
  }
}

const WAYS: Readonly<Record<string, Handler>> = {
  'puts Node’s function back, and calls it': withholding((response, native, args) => {
    setEnd(response, native)
    endOf(response).apply(response, args)
  }),
  'sets a header and a status, and calls Node’s function': withholding((response, native, args) => {
    response.setHeader('x-late', 'ok')
    response.statusCode = 207
    native.apply(response, args)
  }),
  'sets a header, puts a bound function back, and calls that': (_request, response) => {
    const native = endOf(response).bind(response)
    let taken: unknown[] = []
    setEnd(response, (...args) => {
      taken = args
      return response
    })
    response.end('body')
    setTimeout(() => {
      response.setHeader('x-late', 'ok')
      setEnd(response, native)
      native(...taken)
    }, 5)
  },
  'puts a bound function back, and answers otherwise': (_request, response) => {
    const native = endOf(response).bind(response)
    setEnd(response, () => response)
    response.end('body')
    setTimeout(() => {
      setEnd(response, native)
      response.writeHead(402, { 'content-type': 'application/json' })
      response.end('{"error":"unpaid"}')
    }, 5)
  },
  'puts Node’s function back in a microtask': (_request, response) => {
    const native = endOf(response)
    setEnd(response, (...args) => {
      Promise.resolve().then(() => {
        setEnd(response, native)
        response.setHeader('x-late', 'ok')
        native.apply(response, args)
      })
      return response
    })
    response.end('body')
  },
  'compresses by hand': (_request, response) => {
    const native = endOf(response)
    setEnd(response, (chunk) => {
      deflateRaw(Buffer.from(chunk as string), (_error, packed) => {
        response.removeHeader('content-length')
        response.setHeader('content-encoding', 'deflate')
        native.call(response, packed)
      })
      return response
    })
    response.setHeader('content-length', 40)
    response.end('a'.repeat(40))
  },
  'keeps head and body': (_request, response) => {
    const writeHead = response.writeHead.bind(response) as unknown as End
    const end = endOf(response).bind(response)
    const calls: (() => unknown)[] = []
    Object.assign(response, {
      writeHead: (...args: unknown[]) => {
        calls.push(() => writeHead(...args))
        return response
      },
    })
    setEnd(response, (...args) => {
      calls.push(() => end(...args))
      return response
    })
    response.writeHead(201, { 'content-type': 'text/plain' })
    response.end('body')
    setTimeout(() => {
      response.setHeader('x-late', 'ok')
      for (const call of calls) call()
    }, 5)
  },
  'keeps all, puts all back, and answers with all of it': (_request, response) => {
    const { write, writeHead } = response
    const end = endOf(response)
    let body = ''
    const keep = (chunk: unknown) => {
      if (typeof chunk === 'string') body += chunk
    }
    Object.assign(response, {
      write: (chunk: unknown) => {
        keep(chunk)
        return true
      },
      writeHead: () => response,
    })
    setEnd(response, (chunk) => {
      keep(chunk)
      setTimeout(() => {
        Object.assign(response, { write, writeHead })
        setEnd(response, end)
        response.setHeader('x-length', body.length)
        response.end(body)
      }, 5)
      return response
    })
    response.writeHead(200)
    response.write('one ')
    response.end('two')
  },
}

async function ask(handler: Handler) {
  const server = createServer(handler as never)
  closeAfterTest(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ port, host: '127.0.0.1', agent: false, signal: AbortSignal.timeout(5000) }, resolve).on('error', reject)
  })
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const { statusCode, statusMessage, headers } = response
  const body = Buffer.concat(chunks).toString('latin1')
  return { statusCode, statusMessage, headers: { ...headers, date: undefined }, body }
}

for (const policy of ['observe', 'protect', 'strict'] as const satisfies readonly (PresetName | Policy)[]) {
  it.each(Object.entries(WAYS))(`under ${policy}, a library that %s is left alone`, async (_, handler) => {
    const told: string[] = []
    const guarded = respondOnce(handler, {
      policy,
      reporters: [],
      onViolation: ({ code }) => void told.push(code),
    })
    const plain = await ask(handler)
    expect(await ask(guarded as Handler)).toEqual(plain)
    expect(told).toEqual([])
  })
}

it('still sees who answers twice while an answer is withheld, and after it went out', async () => {
  const told: string[] = []
  const handler: Handler = async (request, response) => {
    WAYS['sets a header and a status, and calls Node’s function']?.(request, response)
    response.end('second')
    await sleep(20)
    response.end('third')
  }
  const guarded = respondOnce(handler, {
    policy: 'protect',
    trace: 'always',
    reporters: [],
    onViolation: ({ kind, second }) => void told.push(`${kind} by ${second?.operation}`),
  })
  const { statusCode, body } = await ask(guarded as Handler)
  expect([statusCode, body]).toEqual([207, 'body'])
  await sleep(40)
  expect(told).toEqual(['double-response by res.end', 'double-response by res.end'])
})
