import { createServer, get, type IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { detach, type Lifecycle, lifecycleOf } from '../src/index.ts'
import { type GuardOptions, respondOnce } from '../src/node.ts'
import type { Policy } from '../src/policy/model.ts'
import type { Violation } from '../src/violation.ts'

/** One exchange with a guarded handler; resolves when the client has all. */
async function exchange(handler: (req: IncomingMessage, res: ServerResponse) => unknown, options: GuardOptions = {}) {
  const violations: Violation[] = []
  const guarded = respondOnce(handler as never, {
    reporters: [],
    onViolation: (violation) => void violations.push(violation),
    ...options,
  })
  const server = createServer(guarded as never)
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  let status: number | undefined
  const body = await new Promise<string>((resolve) => {
    const client = get({ port, host: '127.0.0.1', agent: false }, (response) => {
      status = response.statusCode
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
      response.on('error', () => resolve('cut'))
    })
    client.on('error', () => resolve('cut'))
  })
  return { status, body, violations }
}

describe('the lifecycle of a response', () => {
  it('is undefined for what is not guarded', () => {
    const response = new ServerResponse({ method: 'GET' } as never)
    expect([lifecycleOf(response), lifecycleOf({}), lifecycleOf([])]).toEqual([undefined, undefined, undefined])
    expect(() => detach(response)).not.toThrow()
    expect(() => detach({})).not.toThrow()
  })

  it('moves forward only', async () => {
    const states: (string | undefined)[] = []
    let kept: Lifecycle | undefined
    await exchange((_req, res) => {
      const see = () => states.push(lifecycleOf(res)?.state)
      kept = lifecycleOf(res)
      see()
      res.setHeader('x', '1')
      see()
      res.removeHeader('x')
      see()
      res.writeHead(200)
      see()
      res.write('a')
      see()
      res.end()
      see()
    })
    expect(states).toEqual(['idle', 'headers-set', 'headers-set', 'headers-sent', 'headers-sent', 'finished'])
    await vi.waitFor(() => expect(kept?.outcome).toBe('completed'))
    expect(kept?.state).toBe('finished')
  })

  it('ends completed although the application keeps a stream of its own on the response', async () => {
    let kept: Lifecycle | undefined
    await exchange((_req, res) => {
      kept = lifecycleOf(res)
      const stream = Readable.from(['x'])
      Object.assign(res, { stream }).stream.pipe(res)
    })
    await vi.waitFor(() => expect(kept?.outcome).toBe('completed'))
  })

  it('is cut where its body breaks off, although the application keeps a stream of its own on the response', async () => {
    const policy = { rules: { 'truncated-response': ['suppress', { graceMs: 20 }] } } as const
    const { body, violations } = await exchange(
      (_req, res) => {
        const stream = new Readable({ read() {} }).on('error', () => {})
        Object.assign(res, { stream }).stream.pipe(res)
        stream.push('half')
        setImmediate(() => stream.destroy(new Error('gone')))
      },
      { policy },
    )
    expect(body).toBe('cut')
    expect(violations.map(({ kind }) => kind)).toEqual(['truncated-response'])
  })

  it.each<readonly [string, Policy]>([
    [
      'a rule for its cause',
      { extends: 'observe', rules: { 'truncated-response/stream': ['suppress', { graceMs: 20 }] } },
    ],
    [
      'a lock on its cause',
      {
        extends: {
          extends: 'observe',
          rules: { 'truncated-response/stream': ['suppress', { graceMs: 20 }] },
          locked: ['truncated-response/stream'],
        },
        rules: { 'truncated-response/unknown': 'off' },
      },
    ],
  ])('is cut where its body breaks off and %s says so', async (_, policy) => {
    const { body, violations } = await exchange(
      (_req, res) => {
        const stream = new Readable({ read() {} }).on('error', () => {})
        stream.pipe(res)
        stream.push('half')
        setImmediate(() => stream.destroy(new Error('gone')))
      },
      { policy },
    )
    expect(body).toBe('cut')
    expect(violations.map(({ action, cause }) => `${action} ${cause}`)).toEqual(['suppress stream'])
  })

  it('keeps a status that is set through a proxy', async () => {
    const { status } = await exchange((_req, res) => {
      const get = (target: ServerResponse, key: string) => {
        const value: unknown = Reflect.get(target, key, target)
        return typeof value === 'function' ? value.bind(target) : value
      }
      const proxy = new Proxy(res, { get: get as never })
      proxy.statusCode = 404
      proxy.end()
    })
    expect(status).toBe(404)
  })

  it('does not count a 1xx response', async () => {
    const states: unknown[] = []
    await exchange((_req, res) => {
      res.writeProcessing()
      states.push(lifecycleOf(res)?.state)
      res.end('x')
    })
    expect(states).toEqual(['idle'])
  })

  it('is read again on each look, and is plain in JSON', async () => {
    let text = ''
    let once: Lifecycle | undefined
    await exchange((_req, res) => {
      once = lifecycleOf(res)
      expect(JSON.parse(JSON.stringify(once))).toEqual({ state: 'idle', respondedBy: null, hijacked: false })
      res.end('x')
      text = JSON.stringify(once)
    })
    expect(JSON.parse(text)).toMatchObject({
      state: 'finished',
      respondedBy: { operation: 'res.end' },
      hijacked: false,
    })
  })

  it('says who answered: nobody, while only a part is written', async () => {
    const answers: unknown[] = []
    await exchange((_req, res) => {
      res.write('a')
      answers.push(lifecycleOf(res)?.respondedBy)
      res.end('b')
      answers.push(lifecycleOf(res)?.respondedBy?.operation)
    })
    expect(answers).toEqual([null, 'res.end'])
  })

  it('is finished where the response is destroyed', async () => {
    const states: unknown[] = []
    await exchange((_req, res) => {
      res.destroy()
      states.push(lifecycleOf(res)?.state)
    })
    expect(states).toEqual(['finished'])
  })

  it('goes on being told after detach(), while nothing is judged', async () => {
    const states: unknown[] = []
    const { body, violations } = await exchange(
      (_req, res) => {
        detach(res)
        res.write('a')
        res.statusCode = 500
        res.end('b')
        res.end()
        states.push(lifecycleOf(res)?.state)
      },
      { policy: 'strict' },
    )
    expect([body, states, violations]).toEqual(['ab', ['finished'], []])
  })

  it('detach() after a mistake keeps what was told, and tells no more', async () => {
    const { body, violations } = await exchange((_req, res) => {
      res.end('a')
      res.end('b')
      detach(res)
      res.statusCode = 500
    })
    expect(body).toBe('a')
    expect(violations.map(({ kind }) => kind)).toEqual(['double-response'])
  })
})
