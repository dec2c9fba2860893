// JavaScript as it is found: no types, several statements on a line, no semicolons or too many of them.
import { sleep } from './lib/answers.ts'

export const programs = {
  // double-response chained-send GET /x
  'chained'(app) {
    app.get('/x', (req, res) => {
      res
        .status(200)
        .send('done') // @first
        .json({ done: true }); // @second
    });
  },

  // double-response chained-send GET /x
  'chained-in-a-line'(app) {
    app.get('/x', (req, res) => { res.sendStatus(200).send('ok') }) // @first @second
  },

  // double-response missing-return GET /x
  'two-in-a-line'(app) {
    app.get('/x', function (req, res) { if (!req.body) res.status(400).send('no body'); res.send('ok') }); // @first @second
  },

  // double-response missing-return GET /x
  'made-small'(app) {
    const a=(b,c)=>{if(!b.query.q)c.status(400).json({e:1});c.json({r:[]})};app.get("/x",a);const d=(b,c)=>{c.end()};app.get("/y",d) // @first @second
  },

  // double-response late-callback GET /x
  'three-functions-in-a-line'(app) {
    app.get('/x', (req, res) => { setTimeout(() => res.send('b'), 5); const f = () => res.send('a'); f() }) // @first @second
  },

  // double-response missing-return GET /x
  'ternary'(app) {
    app.get('/x', (req, res) => {
      req.query.a ? res.json({ a: 1 }) : res.status(400).json({ error: 'a' }) // @first
      req.query.b ? res.json({ b: 1 }) : res.status(400).json({ error: 'b' }) // @second
    })
  },

  // double-response missing-return GET /x
  'and-or'(app) {
    app.get('/x', (req, res) => {
      req.query.id || res.status(400).end() // @first
      const id = req.query.id
      return res.json({ id }) // @second
    })
  },

  // double-response missing-return GET /x
  'labelled-switch'(app) {
    app.get('/x', (req, res) => {
      out: switch (req.method) {
        case 'GET':
          res.json([]) // @first
        case 'HEAD':
          res.status(404).send('x') // @second
          break out
      }
    })
  },

  // double-response loop GET /x
  'labelled-loop'(app) {
    app.get('/x', (req, res) => {
      rows: for (const row of [[1, 2], [3]]) {
        for (const cell of row) {
          res.json(cell) // @first @second
          continue rows
        }
      }
    })
  },

  // double-response loop GET /x
  'do-while'(app) {
    app.get('/x', (req, res) => {
      let page = 0
      do { res.json({ page }) } while (++page < 2) // @first @second
    })
  },

  // double-response duplicate-catch GET /x
  'catch-without-binding'(app) {
    app.get('/x', (req, res) => {
      try { res.json({ ok: 1 }); JSON.parse('{') } catch { res.status(500).json({ ok: 0 }) } // @first @second
    })
  },

  // double-response duplicate-catch GET /x
  'awaited-then-catch'(app) {
    app.get('/x', async (req, res) => {
      await sleep(1).then(() => res.json({ ok: 1 })).then(() => { throw new Error('x') }) // @first
        .catch(() => res.status(500).json({ ok: 0 })) // @second
    })
  },

  // double-response missing-return GET /x
  'prototype-class'(app) {
    function Controller() {}
    Controller.prototype.index = function (req, res) {
      this.check(res)
      res.render ? res.json({}) : null // @second
    }
    Controller.prototype.check = function (res) {
      res.status(403).send('no') // @first
    }
    const controller = new Controller()
    app.get('/x', controller.index.bind(controller))
  },

  // double-response missing-return GET /x
  'comma-and-void'(app) {
    app.get('/x', (req, res) => {
      void res.status(402).end(), // @first
      res.json({ paid: false }) // @second
    })
  },

  // write-after-end missing-return GET /x
  'end-then-write'(app) {
    app.get('/x', (req, res) => {
      res.end('bye') // @first
      res.write('one more thing') // @second
    })
  },

  // error-after-response missing-return GET /x
  'throws-at-once'(app) {
    app.get('/x', (req, res) => {
      res.json({ ok: true }) // @first
      null.length // @second
    })
  },
}
