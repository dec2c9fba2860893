import { setTimeout as sleep } from 'node:timers/promises'
import timeout from 'connect-timeout'
import type { Express, Response } from 'express'
import { describe, expect, it } from 'vitest'
import { lineOf } from '../../core/test/places.ts'
import { afterwards, guarded } from './serve.ts'
import { VERSIONS } from './versions.ts'

// Stacks of which the innermost function tells nothing: what called it does, or does not.

const soon = (callback: () => void) => void setImmediate(callback)

interface Case {
  readonly cause: string
  readonly mark: string
  readonly build: (app: Express, express: (typeof VERSIONS)[number]['express']) => unknown
}

const CASES: Readonly<Record<string, Case>> = {
  'a handler that a body parser has called from the end of a stream': {
    cause: 'missing-return',
    mark: 'parsed',
    build: (app, express) =>
      app.use(express.json()).post('/x', (_req, res) => {
        res.json({ first: true }) // parsed-first
        res.json({ second: true }) // parsed-second
      }),
  },
  'a late callback behind a timeout middleware that has not fired': {
    cause: 'late-callback',
    mark: 'behind',
    build: (app) =>
      app.use(timeout('10s')).post('/x', (_req, res) => {
        soon(() => res.send('callback')) // behind-second
        res.send('at once') // behind-first
      }),
  },
  'callbacks of two promises': {
    cause: 'late-callback',
    mark: 'promises',
    build: (app) =>
      app.post('/x', (_req, res) => {
        void Promise.resolve().then(() => res.send('one')) // promises-first
        void Promise.resolve().then(() => res.send('two')) // promises-second
      }),
  },
  'an answer within the argument of another': {
    cause: 'unknown',
    mark: 'nested',
    build: (app) =>
      app.post('/x', (_req, res) => {
        res.json(
          // nested-second is the line above
          res.send('inner').statusCode, // nested-first
        )
      }),
  },
  'a helper in the try, and one in the catch': {
    cause: 'duplicate-catch',
    mark: 'caught',
    build: (app) =>
      app.post('/x', (_req, res) => {
        const succeed = () => {
          res.send('done') // caught-first
          throw new Error('after all')
        }
        const fail = () => void res.status(500).send('failed') // caught-second
        try {
          succeed()
        } catch {
          fail()
        }
      }),
  },
  'statements without semicolons': {
    cause: 'missing-return',
    mark: 'bare',
    build: (app) =>
      app.post('/x', (_req, res) => {
        res.send('one') // bare-first
        res.send('two') // bare-second
      }),
  },
}

/** What every answer of a service goes through: the places are equal, and it is their callers that tell. */
const reply = (res: Response, body: unknown) => {
  res.json(body)
}

const HELPED: Readonly<Record<string, readonly [cause: string, (res: Response) => unknown]>> = {
  'from a handler, and from a callback of it': [
    'late-callback',
    (res) => {
      soon(() => reply(res, 2))
      reply(res, 1)
    },
  ],
  'from two callbacks': [
    'late-callback',
    (res) => {
      soon(() => {
        reply(res, 1)
        soon(() => reply(res, 2))
      })
    },
  ],
  'from a handler before an `await`, and after it': [
    'missing-return',
    async (res) => {
      reply(res, 1)
      await sleep(1)
      reply(res, 2)
    },
  ],
  'from one callback, called again': [
    'loop',
    (res) => {
      for (const body of [1, 2]) setTimeout(() => reply(res, body), body * 5)
    },
  ],
  'from Node itself, by two timers': [
    'loop',
    (res) => {
      for (const body of [1, 2]) setTimeout(reply, body * 5, res, body)
    },
  ],
  'from a loop that awaits': [
    'loop',
    async (res) => {
      for (const body of [1, 2]) {
        await sleep(1)
        reply(res, body)
      }
    },
  ],
}

describe.each(VERSIONS)('causes in $name', ({ express }) => {
  it.each(Object.entries(HELPED))('a helper that is called twice %s', async (_name, [cause, handle]) => {
    const { ask, violations } = await guarded(express, (app) => app.get('/x', (_req, res) => void handle(res)))
    await ask('/x')
    await afterwards(30)
    expect(violations).toMatchObject([{ kind: 'double-response', cause }])
  })

  it.each(Object.entries(CASES))('%s', async (_name, { cause, mark, build }) => {
    const { ask, violations } = await guarded(express, (app) => build(app, express), {})
    await ask('/x', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
    await afterwards(30)
    const first = lineOf(import.meta.url, `// ${mark}-first`)
    const second = mark === 'nested' ? first - 2 : lineOf(import.meta.url, `// ${mark}-second`)
    expect(violations).toMatchObject([
      { kind: 'double-response', cause, first: { site: { line: first } }, second: { site: { line: second } } },
    ])
  })
})
