import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Response } from 'express'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { lineOf } from '../../core/test/places.ts'
import { detach, type Lifecycle, lifecycleOf } from '../src/index.ts'
import { afterwards, closeAfterTest, guarded, guardOf, serve } from './serve.ts'
import { VERSIONS } from './versions.ts'

const at = (text: string) => lineOf(import.meta.url, text)

/** Keeps what a channel publishes while the test runs. */
function listening<T>(name: string): T[] {
  const messages: T[] = []
  const listen = (message: unknown) => void messages.push(message as T)
  subscribe(name, listen)
  onTestFinished(() => void unsubscribe(name, listen))
  return messages
}

describe.each(VERSIONS)('the life of a response in $name', ({ express }) => {
  it('is at res.lifecycle, live', async () => {
    const states: unknown[] = []
    let kept: Lifecycle | undefined
    let response: Response | undefined
    const { ask } = await guarded(express, (app) => {
      app.get('/x', (_req, res) => {
        response = res
        kept = res.lifecycle
        states.push([kept?.state, kept?.respondedBy, kept?.hijacked, kept?.outcome])
        res.status(201)
        states.push(kept?.state)
        res.write('begun')
        states.push([kept?.state, kept?.respondedBy])
        res.end('ended') // ends
        states.push([kept?.state, kept?.respondedBy?.operation, kept?.respondedBy?.site?.line, kept?.outcome])
      })
    })
    await ask('/x')
    await vi.waitFor(() => expect(kept?.outcome).toBe('completed'))
    expect(states).toEqual([
      ['idle', null, false, undefined],
      'headers-set',
      ['headers-sent', null],
      ['finished', 'res.end', at('// ends'), undefined],
    ])
    expect(kept?.respondedBy).toMatchObject({ operation: 'res.end', statusCode: 201 })
    expect(response && lifecycleOf(response)?.state).toBe('finished')
  })

  it('cannot be changed from outside', async () => {
    const errors: unknown[] = []
    const { ask } = await guarded(express, (app) => {
      app.get('/x', (_req, res) => {
        try {
          Object.assign(res.lifecycle as object, { state: 'finished' })
        } catch (error) {
          errors.push(error)
        }
        res.json({ ...res.lifecycle, state: res.lifecycle?.state })
      })
    })
    expect((await ask('/x')).body).toBe('{"state":"idle"}')
    expect(errors[0]).toBeInstanceOf(TypeError)
  })

  it('adds nothing that can be enumerated', async () => {
    const { ask } = await guarded(express, (app) => {
      app.get('/x', (_req, res) => void res.json(Object.keys(res)))
    })
    const app = express()
    app.get('/x', (_req, res) => void res.json(Object.keys(res)))
    const native: string[] = JSON.parse((await (await serve(app))('/x')).body)
    const own: string[] = JSON.parse((await ask('/x')).body)
    expect(own.filter((key) => !native.includes(key))).toEqual([])
  })

  it('leaves a property called lifecycle to who assigns it', async () => {
    const { ask } = await guarded(express, (app) => {
      app.use((_req, res, next) => {
        Object.assign(res, { lifecycle: 'mine' })
        next()
      })
      app.get('/x', (_req, res) => void res.json([res.lifecycle, lifecycleOf(res)?.state]))
    })
    expect((await ask('/x')).body).toBe('["mine","idle"]')
  })

  it('ends aborted where the client leaves', async () => {
    let kept: Lifecycle | undefined
    const finished = listening<{ outcome: string; route: string; respondedBy: unknown }>('respond-once:finished')
    const app = express()
    app.use(guardOf({ reporters: [] }))
    app.get('/slow/:id', (_req, res) => {
      kept = res.lifecycle
      res.write('begun')
    })
    const server = createServer(app)
    closeAfterTest(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const client = get({ port, host: '127.0.0.1', path: '/slow/1' }, (response) => response.on('error', () => {}))
    client.on('error', () => {})
    await vi.waitFor(() => expect(kept?.state).toBe('headers-sent'))
    client.destroy()
    await vi.waitFor(() => expect(kept?.outcome).toBe('aborted'))
    expect(kept?.state).toBe('finished')
    expect(finished).toMatchObject([{ outcome: 'aborted', route: '/slow/:id', respondedBy: null, statusCode: 200 }])
  })

  it('is not judged after detach(), from the next operation on', async () => {
    const { ask, violations } = await guarded(express, (app) => {
      app.get('/x', (_req, res, next) => {
        detach(res)
        res.send('one')
        res.status(500)
        next()
      })
    })
    expect(await ask('/x')).toMatchObject({ status: 200, body: 'one', ended: 'whole' })
    await afterwards()
    expect(violations).toEqual([])
  })

  it('behaves natively after detach()', async () => {
    const codes: unknown[] = []
    const { ask } = await guarded(express, (app) => {
      app.get('/x', (_req, res) => {
        detach(res)
        res.send('one')
        try {
          res.send('two')
        } catch (error) {
          codes.push((error as NodeJS.ErrnoException).code)
        }
      })
    })
    expect(await ask('/x')).toMatchObject({ body: 'one', ended: 'whole' })
    expect(codes).toEqual(['ERR_HTTP_HEADERS_SENT'])
  })
})
