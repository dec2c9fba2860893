import type { HttpPrograms } from '../../frameworks/node-http.ts'

export const programs: HttpPrograms = {
  'late-set-header': () => (_req, res) => {
    res.end('ok') // @first
    res.setHeader('X-Request-Id', '7') // @second
  },

  'late-remove-header': () => (_req, res) => {
    res.setHeader('X-Powered-By', 'coffee')
    res.end('ok') // @first
    res.removeHeader('X-Powered-By') // @second
  },

  'late-append': () => (_req, res) => {
    res.end('ok') // @first
    res.appendHeader('Link', '</style.css>; rel=preload') // @second
  },

  'late-set-in-timer': () => (_req, res) => {
    setTimeout(() => {
      res.setHeader('X-Late', '1') // @second
    }, 10)
    res.end('ok') // @first
  },

  'late-early-hints': () => (_req, res) => {
    res.end('ok') // @first
    res.writeEarlyHints({ link: '</style.css>; rel=preload' }) // @second
  },

  'late-status-code':
    ({ note }) =>
    (_req, res) => {
      res.on('finish', () => note(`logged ${res.statusCode}`))
      res.end('ok') // @first
      res.statusCode = 404 // @second
    },

  'length-too-short': () => (_req, res) => {
    res.setHeader('Content-Length', '10')
    res.end('hello')
  },

  'length-too-long': () => (_req, res) => {
    res.writeHead(200, { 'Content-Length': '3' })
    res.end('hello')
  },

  'body-on-204': () => (_req, res) => {
    res.writeHead(204)
    res.end('{"deleted":true}') // @second
  },

  'never-answers': () => (req, res) => {
    if (req.url?.startsWith('/users/1')) res.end('{"id":1}')
  },

  'answers-after-hang-up': () => (_req, res) => {
    res.once('close', () => {
      setTimeout(() => {
        res.end('{"found":3}') // @second
      }, 5)
    })
  },
}
