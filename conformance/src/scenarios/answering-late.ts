import { closed, dies, diesOverHttp2, eitherWayOverHttp2, faulty, type Outcome } from './scenario.ts'

const json = (status: number, value: unknown): Outcome => ({ status, body: JSON.stringify(value) })
const gzip = { 'Accept-Encoding': 'gzip' }
const rows = {
  status: 200,
  // Long, so that what a second answer breaks is broken before the first one is compressed.
  body: JSON.stringify({ rows: 'row '.repeat(250_000) }),
  headers: { 'Content-Encoding': 'gzip' },
}
const large = { status: 200, body: /^x+$/ }

export const answeringLate = [
  faulty('callback-and-await', 'a callback answers as well as the awaiting handler', {
    ask: { path: '/orders/7?token=hush' },
    route: '/orders/:id',
    told: { kind: 'double-response', cause: 'late-callback' },
    answer: json(200, { queued: true }),
    native: { fastify: {}, koa: {}, any: dies('ERR_HTTP_HEADERS_SENT') },
  }),
  faulty('callback-after-answer', 'a callback answers after its handler did', {
    ask: { path: '/orders/7?token=hush' },
    route: '/orders/:id',
    told: { kind: 'double-response', cause: 'late-callback' },
    answer: json(200, { queued: true }),
    native: { http2: eitherWayOverHttp2, express: dies('ERR_HTTP_HEADERS_SENT'), http: dies('ERR_HTTP_HEADERS_SENT') },
  }),
  faulty('end-later', 'end(text) in a callback after the answer', {
    told: { kind: 'double-response', cause: 'late-callback' },
    answer: json(200, { queued: true }),
    native: {},
  }),
  faulty('unawaited-promise', 'a promise that nobody awaits answers as well', {
    ask: { method: 'POST', path: '/mails?token=hush' },
    told: { kind: 'double-response', cause: 'late-callback' },
    answer: json(202, { state: 'queued' }),
    native: { http2: eitherWayOverHttp2, express: dies('ERR_HTTP_HEADERS_SENT'), http: dies('ERR_HTTP_HEADERS_SENT') },
    thrown: { koa: dies('RESPOND_ONCE_DOUBLE_RESPONSE'), fastify: dies('RESPOND_ONCE_DOUBLE_RESPONSE') },
  }),
  faulty('unawaited-call', 'an async function called without await answers as well', {
    ask: { method: 'POST', path: '/mails?token=hush' },
    told: { kind: 'double-response', cause: 'late-callback' },
    answer: json(202, { state: 'queued' }),
    native: { fastify: {}, koa: {}, any: dies('ERR_HTTP_HEADERS_SENT') },
    thrown: { koa: dies('RESPOND_ONCE_DOUBLE_RESPONSE'), fastify: dies('RESPOND_ONCE_DOUBLE_RESPONSE') },
  }),
  faulty('event-after-answer', 'an event listener answers after the handler did', {
    ask: { path: '/jobs?token=hush' },
    told: { kind: 'double-response', cause: 'late-callback' },
    answer: json(200, { started: true }),
    native: { fastify: {}, koa: {}, any: dies('ERR_HTTP_HEADERS_SENT') },
  }),
  faulty('loop-async-for-each', 'an async callback answers for every item', {
    ask: { path: '/orders?token=hush' },
    told: { kind: 'double-response', cause: 'loop' },
    answer: json(200, { id: '1' }),
    native: { express: dies('ERR_HTTP_HEADERS_SENT') },
    thrown: { fastify: dies('RESPOND_ONCE_DOUBLE_RESPONSE'), http: dies(/./), http2: diesOverHttp2(/./) },
  }),
  faulty('loop-interval', 'an interval answers at every tick', {
    ask: { path: '/ticks?token=hush' },
    told: { kind: 'double-response', cause: 'loop' },
    answer: json(200, { ticks: 1 }),
    native: { fastify: {}, koa: {}, any: dies('ERR_HTTP_HEADERS_SENT') },
  }),
  faulty('timer-answers-first', 'a timer refuses before the handler is done', {
    ask: { path: '/slow?token=hush' },
    told: { kind: 'double-response', cause: 'timeout' },
    answer: json(503, { error: 'took too long' }),
    native: {
      http2: eitherWayOverHttp2,
      express4: dies('ERR_HTTP_HEADERS_SENT'),
      express5: closed,
      http: dies('ERR_HTTP_HEADERS_SENT'),
    },
  }),
  faulty('timeout-event-answers-first', "the response's timeout listener refuses before the handler is done", {
    ask: { path: '/slow?token=hush' },
    told: { kind: 'double-response', cause: 'timeout' },
    answer: json(408, { error: 'took too long' }),
    native: { express4: dies('ERR_HTTP_HEADERS_SENT'), express5: closed },
  }),
  faulty('connect-timeout-then-send', 'connect-timeout refuses, then the handler answers', {
    ask: { path: '/slow?token=hush' },
    told: { kind: 'double-response', cause: 'timeout' },
    answer: json(503, { error: 'Response timeout' }),
    native: { any: dies('ERR_HTTP_HEADERS_SENT') },
  }),
  faulty('compressed-double-send', 'a second answer behind a compressed one, a microtask later', {
    ask: { path: '/report?token=hush', headers: gzip },
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: rows,
    native: {
      // Whether the head gets out before the connection is cut is a matter of luck.
      express4: dies('ERR_HTTP_HEADERS_SENT', { ending: 'cut', open: ['status', 'body'] }),
      express5: { ending: 'cut', open: ['status', 'body'] },
    },
  }),
  faulty('compressed-double-send-sync', 'a second answer behind a compressed one', {
    ask: { path: '/report?token=hush', headers: gzip },
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: rows,
    // Here too the head may get out before the cut.
    native: { any: { ending: 'cut', open: ['status', 'body'] } },
  }),
  faulty('large-double-send', 'a second answer while 8 MB are still going out', {
    ask: { path: '/export?token=hush' },
    readsAfterMs: 150,
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: large,
    native: {
      // Whether the rest of the first answer is still in the process is a matter of luck.
      express: { open: ['status', 'body', 'ending'] },
      http: dies('ERR_HTTP_HEADERS_SENT', { open: ['status', 'body', 'ending'] }),
      http2: diesOverHttp2('ERR_HTTP2_HEADERS_SENT'),
    },
  }),
  faulty('large-callback-send', 'a callback answers while 8 MB are still going out', {
    ask: { path: '/export?token=hush' },
    readsAfterMs: 150,
    told: { kind: 'double-response', cause: 'late-callback' },
    answer: large,
    native: { fastify: {}, koa: {}, any: dies('ERR_HTTP_HEADERS_SENT', { open: ['status', 'body', 'ending'] }) },
  }),
]
