import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Express as Application } from 'express'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { lineOf } from '../../core/test/places.ts'
import type { GuardOptions, Violation } from '../src/index.ts'
import { afterwards, guarded } from './serve.ts'
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

describe.each(VERSIONS)('what is told of a response in $name', ({ express }) => {
  it('is published when it ends, for healthy requests too', async () => {
    const finished = listening<object>('respond-once:finished')
    const { ask } = await guarded(express, (app) => {
      app.post('/users/:id', (_req, res) => void res.status(201).json({})) // creates
      app.use((_req, res) => void res.status(404).send('nothing'))
    })
    await ask('/users/1?token=secret', { method: 'POST' })
    await ask('/elsewhere/1')
    await vi.waitFor(() => expect(finished).toHaveLength(2))
    expect(finished[0]).toEqual({
      framework: 'express',
      method: 'POST',
      route: '/users/:id',
      statusCode: 201,
      outcome: 'completed',
      respondedBy: {
        operation: 'res.json',
        site: expect.objectContaining({ line: at('// creates') }),
        atMs: expect.any(Number),
        statusCode: 201,
      },
      durationMs: expect.any(Number),
    })
    expect(finished[1]).toMatchObject({ route: undefined, statusCode: 404 })
    expect(JSON.stringify(finished)).not.toContain('secret')
  })

  it('says that Express answered where nobody else did', async () => {
    const finished = listening<{ respondedBy: { operation: string } | null }>('respond-once:finished')
    const { ask } = await guarded(express, (app) => app.use((_req, _res, next) => next()))
    expect((await ask('/x')).status).toBe(404)
    await vi.waitFor(() => expect(finished).toHaveLength(1))
    expect(finished[0]).toMatchObject({ statusCode: 404, route: undefined, respondedBy: { operation: 'finalhandler' } })
  })

  it('publishes the very violation that listeners get, and it survives JSON', async () => {
    const published = listening<Violation>('respond-once:violation')
    const { ask, violations } = await guarded(express, (app) => {
      app.get('/x', (_req, res) => {
        res.send('one')
        res.send('two')
      })
    })
    await ask('/x')
    expect(published).toEqual(violations)
    expect(published).toHaveLength(1)
    const [violation] = published
    expect(JSON.parse(JSON.stringify(violation))).toEqual(violation)
    expect(violation?.second?.atMs).toBeGreaterThanOrEqual(violation?.first?.atMs ?? Number.POSITIVE_INFINITY)
    expect(violation?.message).not.toContain('\n')
    for (const place of [violation?.first, violation?.second]) {
      expect(violation?.message).toContain(`telling.test.ts:${place?.site?.line}:${place?.site?.column}`)
    }
  })

  it.each<readonly [string, GuardOptions]>([
    [
      'a listener that throws',
      {
        onViolation: () => {
          throw new Error('listener')
        },
      },
    ],
    [
      'a listener that rejects',
      {
        onViolation: (async () => {
          throw new Error('listener')
        }) as () => void,
      },
    ],
    [
      'a reporter that throws',
      {
        reporters: [
          {
            report() {
              throw new Error('reporter')
            },
          },
        ],
      },
    ],
    [
      'a reporter that rejects',
      {
        reporters: [
          {
            report: (async () => {
              throw new Error('reporter')
            }) as () => void,
          },
        ],
      },
    ],
    [
      'a reporter that answers',
      {
        onViolation: () => {
          throw Object.assign(new Error('x'), { status: 418 })
        },
      },
    ],
  ])('is not touched by %s', async (_name, options) => {
    const errors: unknown[] = []
    const { ask } = await guarded(
      express,
      (app: Application) => {
        app.get('/x', (_req, res) => {
          res.send('one')
          res.send('two')
        })
        app.get('/late', (_req, res) => {
          res.send('one')
          setImmediate(() => res.status(500).send('two'))
        })
        app.use(((error: unknown, _req: unknown, _res: unknown, next: (error: unknown) => void) => {
          errors.push(error)
          next(error)
        }) as never)
      },
      options,
    )
    for (const path of ['/x', '/late'])
      expect(await ask(path)).toMatchObject({ status: 200, body: 'one', ended: 'whole' })
    await afterwards()
    expect(errors).toEqual([])
  })
})
