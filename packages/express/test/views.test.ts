import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Express as Application, ErrorRequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { brief, lineOf } from '../../core/test/places.ts'
import { afterwards, bare, guarded } from './serve.ts'
import { VERSIONS } from './versions.ts'

const views = mkdtempSync(join(tmpdir(), 'views-'))
mkdirSync(views, { recursive: true })
for (const extension of ['sync', 'async', 'ejs']) writeFileSync(join(views, `page.${extension}`), 'a page')
for (const extension of ['sync', 'async']) writeFileSync(join(views, `broken.${extension}`), 'a broken page')

const at = (text: string) => lineOf(import.meta.url, text)

type Callback = (error: unknown, text?: string) => void

function engines(app: Application): void {
  const render = (path: string, callback: Callback) =>
    path.includes('broken') ? callback(new Error('cannot render')) : callback(null, 'rendered')
  app.engine('sync', (path, _options, callback) => render(path, callback))
  app.engine('async', (path, _options, callback) => void setTimeout(() => render(path, callback), 5))
  app.set('views', views)
}

const answersErrors: ErrorRequestHandler = (error, _req, res, _next) =>
  void res.status(500).send(`failed: ${error.message}`)

describe.each(VERSIONS)('views in $name', ({ express }) => {
  async function visit(build: (app: Application) => void, options: Parameters<typeof guarded>[2] = {}) {
    const { ask, violations } = await guarded(
      express,
      (app) => {
        engines(app)
        build(app)
      },
      options,
    )
    const { status, body, ended } = await ask('/x')
    await afterwards(30)
    return { reply: { status, body, ended }, briefs: violations.map(brief), violations }
  }

  describe.each(['sync', 'async'])('of a %s engine', (engine) => {
    it('answer once', async () => {
      const { reply, briefs } = await visit((app) => app.get('/x', (_req, res) => res.render(`page.${engine}`)))
      expect([reply, briefs]).toEqual([{ status: 200, body: 'rendered', ended: 'whole' }, []])
    })

    it('answer once where the callback sends', async () => {
      const { reply, briefs } = await visit(
        (app) =>
          app.get('/x', (_req, res) => {
            res.render(`page.${engine}`, (error: Error, text: string) => {
              if (error) throw error
              res.status(201).send(`<${text}>`)
            })
          }),
        { policy: 'strict' },
      )
      expect([reply, briefs]).toEqual([{ status: 201, body: '<rendered>', ended: 'whole' }, []])
    })

    it('answer nothing where the callback only keeps the text', async () => {
      const { reply, briefs } = await visit(
        (app) =>
          app.get('/x', (_req, res) => {
            res.render(`page.${engine}`, {}, () => {})
            res.send('something else')
          }),
        { policy: 'strict' },
      )
      expect([reply, briefs]).toEqual([{ status: 200, body: 'something else', ended: 'whole' }, []])
    })

    it('that fail are answered by the error handler', async () => {
      const { reply, briefs } = await visit(
        (app) => app.get('/x', (_req, res) => res.render(`broken.${engine}`)).use(answersErrors),
        { policy: 'strict' },
      )
      expect([reply, briefs]).toEqual([{ status: 500, body: 'failed: cannot render', ended: 'whole' }, []])
    })

    it('that are missing are answered by the error handler', async () => {
      const { reply, briefs } = await visit(
        (app) => app.get('/x', (_req, res) => res.render(`missing.${engine}`)).use(answersErrors),
        { policy: 'strict' },
      )
      expect(reply).toMatchObject({ status: 500, body: expect.stringContaining('missing'), ended: 'whole' })
      expect(briefs).toEqual([])
    })

    it('that fail are answered by the default page of Express', async () => {
      const build = (app: Application) => {
        engines(app)
        app.get('/x', (_req, res) => res.render(`broken.${engine}`))
      }
      const { ask, violations } = await guarded(express, build, { policy: 'strict' })
      const [reply, native] = [await ask('/x'), await (await bare(express, build))('/x')]
      expect([reply.status, reply.headers['content-type'], reply.ended]).toEqual([
        500,
        native.headers['content-type'],
        'whole',
      ])
      await afterwards()
      expect(violations).toEqual([])
    })

    it('that fail with a callback leave the answer to the callback', async () => {
      const { reply, briefs } = await visit(
        (app) =>
          app.get('/x', (_req, res) => {
            res.render(`broken.${engine}`, (error: Error) => void res.status(404).send(error.message))
          }),
        { policy: 'strict' },
      )
      expect([reply, briefs]).toEqual([{ status: 404, body: 'cannot render', ended: 'whole' }, []])
    })

    it('rendered twice are one answer', async () => {
      const { reply, briefs } = await visit((app) =>
        app.get('/x', (_req, res) => {
          if (engine === 'sync') {
            res.render('page.sync') // sync-once
            res.render('page.sync') // sync-twice
          } else {
            res.render('page.async') // async-once
            res.render('page.async') // async-twice
          }
        }),
      )
      expect(reply).toEqual({ status: 200, body: 'rendered', ended: 'whole' })
      const [first, second] = [at(`// ${engine}-once`), at(`// ${engine}-twice`)]
      expect(briefs).toEqual([`double-response suppress res.render:${first} res.render:${second}`])
    })

    it('sent twice by a callback are one answer, at its lines', async () => {
      const { reply, briefs } = await visit((app) =>
        app.get('/x', (_req, res) => {
          res.render(`page.${engine}`, (_error: Error, text: string) => {
            res.send(text) // callback-once
            res.send(text) // callback-twice
          })
        }),
      )
      expect(reply).toEqual({ status: 200, body: 'rendered', ended: 'whole' })
      const [first, second] = [at('// callback-once'), at('// callback-twice')]
      expect(briefs).toEqual([`double-response suppress res.send:${first} res.send:${second}`])
    })
  })

  it('a second answer while the view is still pending', async () => {
    const { reply, briefs, violations } = await visit((app) =>
      app.get('/x', (_req, res) => {
        res.render('page.async') // pending
        res.status(404).json({ late: true }) // overtaking
      }),
    )
    // What the refused answer had staged is undone: the view goes out with its own status.
    expect(reply).toEqual({ status: 200, body: 'rendered', ended: 'whole' })
    expect(briefs).toEqual([`double-response suppress res.render:${at('// pending')} res.json:${at('// overtaking')}`])
    expect(violations[0]?.state).not.toBe('finished')
  })

  it('a view after the answer', async () => {
    const { reply, briefs } = await visit((app) =>
      app.get('/x', (_req, res) => {
        res.send('first') // before-view
        res.render('page.async') // view-after
      }),
    )
    expect(reply).toEqual({ status: 200, body: 'first', ended: 'whole' })
    expect(briefs).toEqual([
      `double-response suppress res.send:${at('// before-view')} res.render:${at('// view-after')}`,
    ])
  })

  it('next() while the view is pending is told, and the view is sent', async () => {
    const { reply, violations } = await visit((app) =>
      app.get('/x', (_req, res, next) => {
        res.render('page.async')
        next()
      }),
    )
    expect(reply).toEqual({ status: 200, body: 'rendered', ended: 'whole' })
    expect(violations.map(({ kind }) => kind)).toEqual(['next-after-response'])
  })

  it('a broken view after next() had failed before leaves one mistake', async () => {
    const { reply, violations } = await visit((app) =>
      app
        .get('/x', (_req, res) => {
          res.send('first')
          res.render('broken.async')
        })
        .use(answersErrors),
    )
    expect(reply).toEqual({ status: 200, body: 'first', ended: 'whole' })
    expect(violations.map(({ kind }) => kind)).toEqual(['double-response'])
  })

  it('ejs, as people use it', async () => {
    const { reply, briefs } = await visit(
      (app) => {
        app.set('view engine', 'ejs')
        app.get('/x', (_req, res) => res.render('page', { name: 'x' }))
      },
      { policy: 'strict' },
    )
    expect([reply, briefs]).toEqual([{ status: 200, body: 'a page', ended: 'whole' }, []])
  })
})
