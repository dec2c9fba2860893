import {
  closed,
  dies,
  diesOverHttp2,
  eitherWayOverHttp2,
  faulty,
  type Outcome,
  thrownInHandler,
  thrownInMiddleware,
  thrownInRoute,
  whileFirstIsPending,
} from './scenario.ts'

const json = (status: number, value: unknown): Outcome => ({ status, body: JSON.stringify(value) })
const noSuchUser = json(404, { error: 'no such user' })
const missing = { path: '/users/7?token=hush' }

export const answeringTwice = [
  faulty('missing-return', 'a refusal lacks its return', {
    ask: missing,
    route: '/users/:id',
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: noSuchUser,
    native: { express: closed, http: dies('ERR_HTTP_HEADERS_SENT'), http2: diesOverHttp2('ERR_HTTP2_HEADERS_SENT') },
  }),
  faulty('missing-return-async', 'a refusal in an async handler lacks its return', {
    ask: missing,
    route: '/users/:id',
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: noSuchUser,
    native: { express4: dies('ERR_HTTP_HEADERS_SENT'), express5: closed },
  }),
  faulty('missing-return-after-await', 'a refusal lacks its return, and the answer comes in a later turn', {
    ask: missing,
    route: '/users/:id',
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: noSuchUser,
    native: {
      http2: eitherWayOverHttp2,
      express4: dies('ERR_HTTP_HEADERS_SENT'),
      express5: closed,
      http: dies('ERR_HTTP_HEADERS_SENT'),
    },
  }),
  faulty('both-branches', 'both of two checks are true', {
    ask: { path: '/search?token=hush' },
    route: '/search',
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: { status: 400, body: 'q is missing' },
    native: { express: closed, http: dies('ERR_HTTP_HEADERS_SENT'), http2: diesOverHttp2('ERR_HTTP2_HEADERS_SENT') },
  }),
  faulty('switch-fall-through', 'a case lacks its break', {
    ask: { path: '/export/csv?token=hush' },
    route: '/export/:format',
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: { status: 200, body: 'id,name', headers: { 'Content-Type': /^text\/csv/ } },
    native: { express: closed, http: dies('ERR_STREAM_WRITE_AFTER_END') },
    thrown: { http2: diesOverHttp2(/./) },
  }),
  faulty('helper-answers-too', 'a helper refuses, and its caller goes on', {
    ask: { path: '/names?token=hush' },
    route: '/names',
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: json(422, { error: 'name is missing' }),
    native: { fastify: {}, any: closed },
  }),
  faulty('loop-for', 'an answer for every item of a loop', {
    ask: { path: '/items?token=hush' },
    told: { kind: 'double-response', cause: 'loop' },
    answer: json(200, { item: 'a' }),
    native: { express: closed, http: dies('ERR_STREAM_WRITE_AFTER_END') },
    thrown: { http2: diesOverHttp2(/./) },
  }),
  faulty('loop-for-each', 'an answer for every item of a forEach', {
    ask: { path: '/items?token=hush' },
    told: { kind: 'double-response', cause: 'loop' },
    answer: json(200, { item: 'a' }),
    native: { fastify: {}, any: closed },
  }),
  faulty('redirect-then-json', 'a redirect, then a body', {
    ask: { path: '/old?token=hush' },
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: { status: 302, headers: { Location: '/new' } },
    native: { fastify: {}, any: closed },
  }),
  faulty('redirect-then-render', 'a redirect, then a page', {
    ask: { path: '/home?token=hush' },
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: { status: 302, headers: { Location: '/login' } },
    native: { express4: closed, express5: dies('ERR_HTTP_HEADERS_SENT') },
    thrown: { express: thrownInHandler },
  }),
  faulty('render-then-send', 'a page still being rendered, then a text', {
    ask: { path: '/home?token=hush' },
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: { status: 200, body: '<h1>Welcome</h1>' },
    native: { any: dies('ERR_HTTP_HEADERS_SENT', { body: 'done' }) },
    thrown: { any: whileFirstIsPending },
  }),
  faulty('send-file-then-json', 'a file still being read, then a body', {
    ask: { path: '/report?token=hush' },
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: { status: 200, body: /^The quick brown fox/ },
    // Express closes the connection where it finds the file before the answer is done: which comes first is luck.
    native: { any: { body: '{"sent":true}', open: ['ending'] } },
    thrown: { any: whileFirstIsPending },
  }),
  faulty('download-twice', 'two downloads', {
    ask: { path: '/report?token=hush' },
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: { status: 200, body: /^The quick brown fox/, headers: { 'Content-Disposition': /page\.txt/ } },
    // Both look for their file at once, and whichever finds it first wins.
    native: { any: { open: ['headers'] } },
    thrown: { any: whileFirstIsPending },
  }),
  faulty('format-after-send', 'content negotiation after the answer', {
    ask: { path: '/thing?token=hush' },
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: { status: 200, body: 'plain' },
    native: { any: closed },
  }),
  faulty('jsonp-twice', 'two JSONP answers', {
    ask: { path: '/jsonp?callback=hush' },
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: { status: 200, body: /\{"n":1\}/ },
    native: { any: closed },
  }),
  faulty('chained-send-status', 'json() on what sendStatus() returned', {
    ask: { method: 'DELETE', path: '/users/7?token=hush' },
    told: { kind: 'double-response', cause: 'chained-send' },
    answer: { status: 200, body: 'OK' },
    native: { any: closed },
  }),
  faulty('chained-end', 'end(text) on what send() returned', {
    ask: { path: '/chain?token=hush' },
    told: { kind: 'double-response', cause: 'chained-send' },
    answer: { status: 200, body: 'done' },
    native: { any: dies('ERR_STREAM_WRITE_AFTER_END') },
    thrown: { express: thrownInHandler },
  }),
  faulty('chained-over-lines', 'a chain over several lines that answers twice', {
    ask: { path: '/chain?token=hush' },
    told: { kind: 'double-response', cause: 'chained-send' },
    answer: json(202, { ok: true }),
    native: { fastify: {}, any: closed },
  }),
  faulty('error-handler-answers-twice', 'an error handler lacks its return', {
    ask: { path: '/broken?token=hush' },
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: json(503, { error: 'no database' }),
    native: { fastify: {}, any: closed },
  }),
  faulty('end-twice-with-text', 'end(text) twice in a row', {
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: { status: 200, body: 'one' },
    native: {
      fastify: dies('ERR_STREAM_WRITE_AFTER_END'),
      express: dies('ERR_STREAM_WRITE_AFTER_END'),
      koa: dies('ERR_STREAM_WRITE_AFTER_END'),
      http: dies('ERR_STREAM_WRITE_AFTER_END'),
    },
    thrown: {
      express: thrownInHandler,
      koa: thrownInMiddleware,
      fastify: thrownInRoute,
      http2: diesOverHttp2(/./),
    },
  }),
  faulty('write-head-twice', 'writeHead twice', {
    rules: { 'truncated-response': { options: { graceMs: 100 } } },
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: { status: 200, body: 'ok' },
    native: {
      fastify4: dies('ERR_HTTP_HEADERS_SENT', { ending: 'cut', status: null }),
      fastify5: { ending: 'cut', status: null },
      express: { ending: 'cut', status: null },
      koa: { ending: 'hang', status: null, body: '' },
      http: dies('ERR_HTTP_HEADERS_SENT', { ending: 'cut', status: null }),
      http2: diesOverHttp2('ERR_HTTP2_HEADERS_SENT'),
    },
    // What was begun and never ended is cut.
    thrown: { koa: { ending: 'cut', status: null, body: '' } },
  }),
]
