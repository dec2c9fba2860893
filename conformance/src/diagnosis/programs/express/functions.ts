import { AsyncLocalStorage } from 'node:async_hooks'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import type { ExpressDiagnoses } from '../../program.ts'
import { audit, broken, created, legacyFind, Resource, respond, sleep, users } from './lib/answers.ts'

class Users {
  readonly #missing = { error: 'no such user' }

  show = async (req: Request, res: Response): Promise<void> => {
    const user = users[String(req.params.id)]
    if (!user) res.status(404).json(this.#missing) // @first class-property
    res.json(user ?? {}) // @second class-property
  }

  edit(req: Request, res: Response): void {
    if (this.#refuse(req, res)) return
    res.json({ edited: true }) // @second private-method
  }

  #refuse(req: Request, res: Response): boolean {
    if (!req.get('x-user')) res.sendStatus(401) // @first private-method
    return false
  }

  static list(_req: Request, res: Response): void {
    res.format({ json: () => res.json([]) }) // @first static-method
    res.json(['Ada']) // @second static-method
  }
}

class Drafts extends Resource {
  override handle(req: Request, res: Response): void {
    super.handle(req, res)
    res.json({ drafts: [] }) // @second inherited
  }
}

/** A decorator, as they were written before there were any. */
const logged =
  (handler: RequestHandler): RequestHandler =>
  (req, res, next) => {
    const result = handler(req, res, next)
    return result
  }

/** What everybody has in a file of their own. */
const caught =
  (handler: (req: Request, res: Response, next: NextFunction) => Promise<unknown>): RequestHandler =>
  (req, res, next) => {
    Promise.resolve(handler(req, res, next)).catch(next)
  }

function run(steps: () => Generator<Promise<unknown>, void, unknown>): void {
  const walk = steps()
  const step = (value?: unknown): void => {
    const { done, value: waited } = walk.next(value)
    if (!done) void waited.then(step)
  }
  step()
}

export const programs: ExpressDiagnoses = {
  // double-response missing-return GET /users/2
  'class-property'(app) {
    app.get('/users/:id', new Users().show)
  },

  // double-response missing-return POST /users/1
  'private-method'(app) {
    const controller = new Users()
    app.post('/users/:id', controller.edit.bind(controller))
  },

  // double-response missing-return GET /users
  'static-method'(app) {
    app.get('/users', Users.list)
  },

  // double-response missing-return GET /drafts
  inherited(app) {
    const drafts = new Drafts()
    app.get('/drafts', (req, res) => drafts.handle(req, res))
  },

  // double-response missing-return GET /users/2
  decorated(app) {
    app.get(
      '/users/:id',
      logged(function show(req, res) {
        if (!users[String(req.params.id)]) res.status(404).end() // @first
        res.json(users[String(req.params.id)] ?? null) // @second
      }),
    )
  },

  // double-response missing-return GET /users/2
  'async-wrapper'(app) {
    app.get(
      '/users/:id',
      caught(async (req, res) => {
        await sleep(1)
        if (!users[String(req.params.id)]) res.status(404).send('no such user') // @first
        await sleep(1)
        res.json({}) // @second
      }),
    )
  },

  // double-response duplicate-catch POST /orders
  'helper-in-try'(app) {
    app.post('/orders', async (_req, res) => {
      try {
        created(res)
        await sleep(1)
        throw new Error('no mail today')
      } catch {
        broken(res)
      }
    })
  },

  // error-after-response missing-return POST /orders
  'async-error'(app) {
    app.post('/orders', async (_req, res) => {
      res.status(202).json({ accepted: true }) // @first
      await audit()
    })
  },

  // double-response missing-return GET /x
  curried(app) {
    app.get('/x', (_req, res) => {
      const done = respond(res)
      done({ n: 1 })
      done({ n: 2 })
    })
  },

  // double-response missing-return GET /x
  'bound-method'(app) {
    app.get('/x', (_req, res) => {
      const send = res.send.bind(res)
      send('one') // @first
      send('two') // @second
    })
  },

  // double-response missing-return GET /users/2
  'callback-error-and-value'(app) {
    app.get('/users/:id', (req, res) => {
      legacyFind(req.params.id, (error, value) => {
        if (error) res.status(404).json({ error: error.message }) // @first
        res.json({ value }) // @second
      })
    })
  },

  // double-response missing-return GET /x
  'generator-steps'(app) {
    app.get('/x', (_req, res) => {
      run(function* () {
        yield sleep(1)
        res.status(400).json({ error: 'bad' }) // @first
        yield sleep(1)
        res.json({ ok: true }) // @second
      })
    })
  },

  // double-response missing-return GET /x
  'local-storage'(app) {
    const storage = new AsyncLocalStorage<number>()
    app.use((_req, _res, next) => storage.run(1, next))
    app.get('/x', async (_req, res) => {
      await storage.run(2, async () => {
        await sleep(1)
        res.json({ n: storage.getStore() }) // @first
        res.json({ n: 0 }) // @second
      })
    })
  },

  // double-response missing-return GET /x
  'nested-closures'(app) {
    app.get('/x', (_req, res) => {
      const outer = () => {
        const inner = () => {
          res.status(403).end() // @first
        }
        inner()
        res.json({ secret: true }) // @second
      }
      outer()
    })
  },

  // double-response missing-return GET /x
  'object-handlers'(app) {
    const handlers = {
      guard(res: Response) {
        res.status(409).json({ error: 'conflict' }) // @first
      },
      finish(res: Response) {
        res.json({ saved: true }) // @second
      },
    }
    app.get('/x', (_req, res) => {
      handlers.guard(res)
      handlers.finish(res)
    })
  },

  // double-response missing-return GET /x
  'immediately-called'(app) {
    app.get('/x', (_req, res) => {
      void (async () => {
        res.status(400).json({ error: 'bad' }) // @first
        await sleep(1)
        res.json({ ok: true }) // @second
      })()
    })
  },

  // double-response missing-return GET /x
  'error-handler'(app) {
    app.get('/x', () => {
      throw new Error('broken')
    })
    app.use((_error: unknown, req: Request, res: Response, _next: NextFunction) => {
      if (req.accepts('html')) res.status(500).send('<h1>broken</h1>') // @first
      res.status(500).json({ error: 'broken' }) // @second
    })
  },

  // double-response missing-return GET /x
  'getter-and-call'(app) {
    app.get('/x', (_req, res) => {
      const view = {
        get body() {
          res.status(410).end() // @first
          return 'gone'
        },
      }
      const { body } = view
      res.send(body) // @second
    })
  },
}
