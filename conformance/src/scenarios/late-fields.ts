import { closed, dies, diesOverHttp2, faulty, type Outcome, sinceNode, thrownInHandler } from './scenario.ts'

const ok: Outcome = { status: 200, body: 'ok' }
const lateHeader = { kind: 'late-header' } as const
const lateStatus = { kind: 'late-status' } as const

export const lateFields = [
  faulty('late-set', 'res.set after the answer', {
    told: lateHeader,
    answer: ok,
    native: { fastify: {}, koa: {}, any: closed },
  }),
  faulty('late-cookie', 'a cookie after the answer', {
    told: lateHeader,
    answer: ok,
    native: { koa: {}, any: closed },
  }),
  faulty('late-set-header', 'setHeader after the answer', {
    told: lateHeader,
    answer: ok,
    native: { express: closed, http: dies('ERR_HTTP_HEADERS_SENT'), http2: diesOverHttp2('ERR_HTTP2_HEADERS_SENT') },
  }),
  faulty('late-append', 'a header appended after the answer', {
    told: lateHeader,
    answer: ok,
    native: { express: closed, http: dies('ERR_HTTP_HEADERS_SENT'), http2: diesOverHttp2('ERR_HTTP2_HEADERS_SENT') },
  }),
  faulty('late-remove-header', 'a header removed after the answer', {
    told: lateHeader,
    answer: ok,
    native: { express: closed, http: dies('ERR_HTTP_HEADERS_SENT'), http2: diesOverHttp2('ERR_HTTP2_HEADERS_SENT') },
  }),
  faulty('late-set-in-timer', 'a header set by a timer after the answer', {
    told: { ...lateHeader, cause: 'late-callback' },
    answer: ok,
    native: {
      express: dies('ERR_HTTP_HEADERS_SENT'),
      http: dies('ERR_HTTP_HEADERS_SENT'),
      http2: diesOverHttp2('ERR_HTTP2_HEADERS_SENT'),
    },
  }),
  faulty('late-set-after-next', 'a middleware sets a header after what it wraps has answered', {
    told: { ...lateHeader, cause: 'middleware-order' },
    answer: ok,
    native: { fastify: {}, koa: {}, any: closed },
  }),
  faulty('late-early-hints', 'early hints after the answer', {
    told: lateHeader,
    answer: ok,
    // Before that, Node drops them in silence.
    native: sinceNode(24, { express: closed, http: dies('ERR_HTTP_HEADERS_SENT') }, {}),
    thrown: { express: thrownInHandler, http: dies('RESPOND_ONCE_LATE_HEADER'), http2: diesOverHttp2(/./) },
  }),
  faulty('late-status', 'res.status after the answer', {
    told: lateStatus,
    answer: { ...ok, notes: ['logged 200'] },
    native: { koa: {}, any: { notes: ['logged 500'] } },
  }),
  faulty('late-status-code', 'statusCode assigned after the answer', {
    told: lateStatus,
    answer: { ...ok, notes: ['logged 200'] },
    native: { any: { notes: ['logged 404'] } },
  }),
  faulty('late-status-message', 'statusMessage assigned after the answer', {
    told: lateStatus,
    answer: { ...ok, notes: ['logged OK'] },
    native: { any: { notes: ['logged Fine'] } },
  }),
  faulty('late-status-after-next', 'a middleware sets the status after what it wraps has answered', {
    told: { ...lateStatus, cause: 'middleware-order' },
    answer: ok,
    native: {},
  }),
]

export const bookkeeping = [
  faulty('length-too-short', 'Content-Length promises more than is written', {
    told: { kind: 'length-mismatch', first: 'any', second: 'any' },
    answer: { status: 200, body: 'hello', ending: 'hang' },
    native: { http2: { ending: 'cut' } },
    suppressed: { http2: { ending: 'cut' } },
  }),
  faulty('length-too-long', 'Content-Length promises less than is written', {
    told: { kind: 'length-mismatch', first: 'any', second: 'any' },
    answer: { status: 200, body: 'hel' },
    native: { http2: { ending: 'cut', body: '' } },
    suppressed: { http2: { ending: 'cut', body: '' } },
  }),
  faulty('body-on-204', 'a body for a 204', {
    ask: { method: 'DELETE', path: '/users/7?token=hush' },
    rules: { 'body-not-allowed': { enable: true } },
    told: { kind: 'body-not-allowed', first: 'any', second: 'marked' },
    answer: { status: 204, body: '' },
    native: {},
  }),
  faulty('never-answers', 'a branch that answers nothing', {
    ask: { path: '/users/7?token=hush' },
    route: '/users/:id',
    rules: { 'no-response': { enable: true, options: { afterMs: 100 } } },
    told: { kind: 'no-response', cause: 'forgotten-response', first: 'none', second: 'any' },
    patienceMs: 700,
    answer: { ending: 'hang' },
    native: {},
  }),
  faulty('answers-after-hang-up', 'an answer for a client that has gone', {
    ask: { path: '/slow?token=hush' },
    rules: { 'response-after-close': { enable: true } },
    told: { kind: 'response-after-close', cause: 'disconnected-client', first: 'any', second: 'marked' },
    leaveAfterMs: 15,
    settleMs: 120,
    answer: { ending: 'left' },
    native: {},
  }),
]
