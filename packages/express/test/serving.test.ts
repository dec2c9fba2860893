import { execFileSync } from 'node:child_process'
import { createServer, ServerResponse } from 'node:http'
import { createServer as createSecureServer, request } from 'node:https'
import { type AddressInfo, Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { RequestHandler } from 'express'
import { describe, expect, it, vi } from 'vitest'
import { InvalidOptionsError, lifecycleOf, respondOnce } from '../src/index.ts'
import { afterwards, closeAfterTest, guardOf, keeping, serve } from './serve.ts'
import { TLS } from './tls.ts'
import { VERSIONS } from './versions.ts'

const twice: RequestHandler = (_req, res) => {
  res.send('one')
  res.send('two')
}

describe.each(VERSIONS)('serving $name', ({ express }) => {
  const start = () => {
    const { violations, options } = keeping()
    const app = express()
    app.use(guardOf(options))
    app.get('/x', twice)
    return { app, violations }
  }

  it('by http.createServer', async () => {
    const { app, violations } = start()
    const ask = await serve(createServer(app))
    expect(await ask('/x')).toMatchObject({ body: 'one', ended: 'whole' })
    expect(violations).toHaveLength(1)
  })

  it('by app.listen', async () => {
    const { app, violations } = start()
    const server = app.listen(0, '127.0.0.1')
    closeAfterTest(server)
    await new Promise((resolve) => server.once('listening', resolve))
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`)
    expect(await response.text()).toBe('one')
    expect(violations).toHaveLength(1)
  })

  it('by https', async () => {
    const { app, violations } = start()
    const server = createSecureServer(TLS, app)
    closeAfterTest(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const body = await new Promise<string>((resolve, reject) => {
      const client = request(
        { port, host: '127.0.0.1', path: '/x', rejectUnauthorized: false, agent: false },
        (response) => {
          let text = ''
          response.on('data', (chunk) => {
            text += chunk
          })
          response.on('end', () => resolve(text))
        },
      )
      client.on('error', reject).end()
    })
    expect(body).toBe('one')
    expect(violations).toHaveLength(1)
  })

  it('by a listener that passes on what it does not answer', async () => {
    const { app, violations } = start()
    const ask = await serve((req, res) => (req.url === '/other' ? res.end('other') : app(req, res)))
    expect((await ask('/other')).body).toBe('other')
    expect((await ask('/x')).body).toBe('one')
    expect(violations).toHaveLength(1)
  })

  it('over one connection, response by response', async () => {
    const { app, violations } = start()
    app.get('/fine', (_req, res) => void res.send('fine'))
    const server = createServer(app)
    closeAfterTest(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const bodies: string[] = []
    for (const path of ['/x', '/fine', '/x', '/fine']) {
      bodies.push(await (await fetch(`http://127.0.0.1:${port}${path}`)).text())
    }
    expect(bodies).toEqual(['one', 'fine', 'one', 'fine'])
    expect(violations).toHaveLength(2)
  })

  it('a hundred requests at once, each judged for itself', async () => {
    const { violations, options } = keeping()
    const app = express()
    app.use(guardOf(options))
    app.get('/:n', async (req, res) => {
      await new Promise((resolve) => setImmediate(resolve))
      res.send(req.params.n)
      await new Promise((resolve) => setImmediate(resolve))
      if (Number(req.params.n) % 2 === 1) res.send('odd')
    })
    const ask = await serve(app)
    const replies = await Promise.all(Array.from({ length: 100 }, (_, n) => ask(`/${n}`)))
    expect(replies.map(({ body }) => body)).toEqual(Array.from({ length: 100 }, (_, n) => String(n)))
    // The last one's mistake comes after its client has its answer.
    await vi.waitFor(() => expect(violations).toHaveLength(50))
    await afterwards()
    expect(violations).toHaveLength(50)
  })
})

describe('the middleware as a function', () => {
  const call = (response: unknown) => {
    let passed = 0
    const middleware = respondOnce({ reporters: [] }) as (request: object, response: object, next: () => void) => void
    middleware({}, response as object, () => passed++)
    return passed
  }

  it('passes on what is no response', () => {
    const socket = new Socket()
    for (const other of [socket, {}, undefined, null, 'text', Object.create(null)]) expect(call(other)).toBe(1)
    expect(Reflect.ownKeys(socket)).toEqual(Reflect.ownKeys(new Socket()))
  })

  it('guards a response that no application holds', () => {
    const response = new ServerResponse({ method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 } as never)
    expect(call(response)).toBe(1)
    expect(lifecycleOf(response)?.state).toBe('idle')
  })

  it('has a name for stacks and profiles, and three parameters', () => {
    const { name, length } = respondOnce()
    expect([name, length]).toEqual(['respondOnce', 3])
  })

  it('refuses bad options where it is made, not where it is used', () => {
    expect(() => respondOnce({ policy: 'protct' } as never)).toThrow(InvalidOptionsError)
    expect(() => respondOnce('protect' as never)).toThrow(/policy|object/)
  })
})

describe('the package', () => {
  it('does not import Express at run time', () => {
    const entry = fileURLToPath(new URL('../src/index.ts', import.meta.url))
    const program = `
      import { register } from 'node:module'
      const hooks = 'export async function resolve(name, context, next) {' +
        ' if (/^express/.test(name)) throw new Error("imports " + name); return next(name, context) }'
      register('data:text/javascript,' + encodeURIComponent(hooks))
      const { respondOnce } = await import(${JSON.stringify(entry)})
      respondOnce()
      console.log('started')
    `
    const output = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    expect(output.trim()).toBe('started')
  })
})
