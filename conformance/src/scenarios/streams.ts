import {
  closed,
  dies,
  diesOverHttp2,
  faulty,
  type Rules,
  thrownInHandler,
  thrownInMiddleware,
  thrownInRoute,
} from './scenario.ts'

const grace: Rules = { 'truncated-response': { options: { graceMs: 100 } } }
const cutAfterRow = { status: 200, body: 'first row\n', ending: 'cut' } as const
/** Nobody handles the error and nothing whole was answered: the process ends, guarded or not. */
const lost = dies('database gone', { ending: 'cut', open: ['status', 'body'] })
const truncated = { kind: 'truncated-response', first: 'marked', second: 'any' } as const

export const streams = [
  faulty('source-fails-and-answers', "a source's error listener answers behind a piped part", {
    ask: { path: '/rows?token=hush' },
    rules: grace,
    told: { kind: 'double-response', cause: 'stream' },
    answer: cutAfterRow,
    native: {
      fastify: dies('ERR_HTTP_HEADERS_SENT', { ending: 'cut' }),
      express: dies('ERR_HTTP_HEADERS_SENT', { ending: 'cut' }),
      koa: dies('ERR_HTTP_HEADERS_SENT', { ending: 'cut' }),
      http: dies('ERR_HTTP_HEADERS_SENT', { ending: 'cut' }),
      http2: diesOverHttp2('ERR_HTTP2_HEADERS_SENT'),
    },
  }),
  faulty('source-fails-in-silence', 'a piped source fails half way, and its error is only logged', {
    ask: { path: '/rows?token=hush' },
    rules: grace,
    told: { ...truncated, cause: 'stream' },
    answer: { ...cutAfterRow, notes: ['database gone'] },
    native: { fastify: {}, any: { ending: 'hang' } },
  }),
  faulty('source-destroyed', 'a piped source is destroyed half way', {
    ask: { path: '/rows?token=hush' },
    rules: grace,
    told: { ...truncated, cause: 'stream' },
    answer: cutAfterRow,
    native: { fastify: {}, any: { ending: 'hang' } },
  }),
  faulty('pipeline-fails', 'a pipeline fails half way', {
    ask: { path: '/rows?token=hush' },
    rules: grace,
    told: { ...truncated, cause: 'stream' },
    answer: cutAfterRow,
    native: {},
  }),
  faulty('generator-fails', 'an async generator fails half way through a pipeline', {
    ask: { path: '/rows?token=hush' },
    rules: grace,
    told: { ...truncated, first: 'any', cause: 'stream' },
    answer: cutAfterRow,
    native: {},
  }),
  faulty('fed-pipe-behind-end', 'a stream that is fed by hand, piped behind a whole answer', {
    ask: { path: '/page?token=hush' },
    told: { kind: 'double-response' },
    answer: { status: 200, body: 'whole' },
    native: {},
  }),
  faulty('pipe-then-json', 'a piped file, then a body', {
    ask: { path: '/page?token=hush' },
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: { status: 200, body: /^The quick brown fox/ },
    native: { express4: dies('ERR_HTTP_HEADERS_SENT'), express5: closed },
  }),
  faulty('pipe-then-end', 'a piped file, then end(text)', {
    ask: { path: '/page?token=hush' },
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: { status: 200, body: /^The quick brown fox/ },
    native: {},
    thrown: { http: dies('RESPOND_ONCE_DOUBLE_RESPONSE'), http2: diesOverHttp2(/./) },
  }),
  faulty('two-pipes', 'two files piped one after the other', {
    ask: { path: '/page?token=hush' },
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: { status: 200, body: /^The quick brown fox/ },
    native: {},
    thrown: { express4: dies('RESPOND_ONCE_DOUBLE_RESPONSE'), express5: thrownInHandler },
  }),
  faulty('json-then-pipe', 'a body, then a piped file', {
    ask: { path: '/page?token=hush' },
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: { status: 200, body: '{"ok":true}' },
    native: {},
    thrown: { express: thrownInHandler },
  }),
  faulty('end-then-pipe', 'end(text), then a piped file', {
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: { status: 200, body: 'ok' },
    native: {},
    thrown: { http: dies('RESPOND_ONCE_DOUBLE_RESPONSE'), http2: diesOverHttp2(/./) },
  }),
  faulty('write-after-end', 'a write behind end', {
    told: { kind: 'write-after-end' },
    answer: { status: 200, body: 'one, two' },
    native: {
      fastify: dies('ERR_STREAM_WRITE_AFTER_END'),
      express: dies('ERR_STREAM_WRITE_AFTER_END'),
      koa: dies('ERR_STREAM_WRITE_AFTER_END'),
      http: dies('ERR_STREAM_WRITE_AFTER_END'),
      http2: { ending: 'cut', body: 'one, ' },
    },
    thrown: {
      express: thrownInHandler,
      koa: thrownInMiddleware,
      fastify: thrownInRoute,
      http2: diesOverHttp2(/./),
    },
  }),
  faulty('write-after-end-later', 'a write behind end, in a timer', {
    told: { kind: 'write-after-end', cause: 'late-callback' },
    answer: { status: 200, body: 'done' },
    native: {},
  }),
]

export const partial = [
  faulty('partial-then-json', 'a whole answer on top of a partial one', {
    rules: grace,
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: { status: 200, body: 'part ', ending: 'cut' },
    native: {
      express4: dies('ERR_HTTP_HEADERS_SENT', { ending: 'cut' }),
      fastify4: dies('ERR_HTTP_HEADERS_SENT', { ending: 'cut' }),
      koa: { body: 'part {"whole":true}', ending: 'complete' },
    },
    thrown: { koa: { body: 'part ', ending: 'cut' }, fastify: { alive: true, ending: 'cut' } },
  }),
  faulty('partial-then-answer', 'writeHead on top of a partial answer', {
    rules: grace,
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: { status: 200, body: 'part ', ending: 'cut' },
    native: { http: dies('ERR_HTTP_HEADERS_SENT', { ending: 'cut' }), http2: diesOverHttp2('ERR_HTTP2_HEADERS_SENT') },
  }),
  faulty('partial-then-silent-error-handler', 'next(error) half way, and the error handler only returns', {
    ask: { path: '/feed?token=hush' },
    rules: grace,
    told: truncated,
    answer: { ...cutAfterRow, notes: ['database gone'] },
    native: { any: { ending: 'hang' } },
  }),
  faulty('partial-then-throw-silent-error-handler', 'a throw half way, and the error handler only returns', {
    ask: { path: '/feed?token=hush' },
    rules: grace,
    told: truncated,
    answer: cutAfterRow,
    native: { any: { ending: 'hang' } },
  }),
  faulty('partial-then-ending-error-handler', 'a throw half way, and the error handler ends the answer', {
    ask: { path: '/feed?token=hush' },
    rules: grace,
    told: { ...truncated, first: 'any' },
    atMost: true,
    answer: { status: 200, body: 'first row\n-- cut short --' },
    native: {},
  }),
  faulty('partial-then-late-ending-error-handler', 'a throw half way, and the error handler ends the answer later', {
    ask: { path: '/feed?token=hush' },
    rules: grace,
    told: { ...truncated, first: 'any' },
    atMost: true,
    answer: { status: 200, body: 'first row\n-- cut short --' },
    native: {},
  }),
  faulty('partial-then-forwarding-error-handler', 'a throw half way, and the error handler forwards it', {
    ask: { path: '/feed?token=hush' },
    rules: grace,
    told: { ...truncated, first: 'any' },
    atMost: true,
    answer: cutAfterRow,
    native: {},
  }),
  faulty('partial-then-nobody', 'next() half way, and nobody follows', {
    ask: { path: '/feed?token=hush' },
    rules: grace,
    told: truncated,
    answer: cutAfterRow,
    native: { any: { ending: 'hang' } },
  }),
  faulty('partial-then-throw', 'a plain listener throws half way', {
    rules: grace,
    told: truncated,
    answer: cutAfterRow,
    native: { any: lost },
    suppressed: { any: lost },
  }),
  faulty('partial-then-reject', 'a plain async listener rejects half way', {
    rules: grace,
    told: truncated,
    answer: cutAfterRow,
    native: { any: lost },
    suppressed: { any: lost },
  }),
]
