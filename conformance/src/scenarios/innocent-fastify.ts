import { innocent } from './scenario.ts'

const from = (path: string, headers: Record<string, string> = {}) => ({ ask: { path, headers } })
const gzip = { 'Accept-Encoding': 'gzip' }
const fox = /^The quick brown fox/
const ok = { status: 200, body: '{"ok":true}' }

/** Correct programs that only Fastify has. */
export const innocentFastify = [
  innocent('returned-reply', 'return reply.send()', { status: 201, body: '{"ok":true}' }),
  innocent('awaited-reply', 'await reply', { ...ok, notes: ['sent'] }),
  innocent('reply-returned-later', 'return reply, answered by a timer', ok),
  innocent('undefined-returned-behind-send', 'an async handler that sends, and returns nothing', ok),
  innocent('undefined-returned', 'an async handler that returns nothing', { status: 200, body: '' }),
  innocent('sync-value', 'a value', ok),
  innocent('hook-refuses-by-returning-reply', 'an async hook refuses and returns the reply', { status: 401 }),
  innocent('hook-refuses-and-is-out', 'an async hook refuses, and its answer is out', { status: 401 }),
  innocent('hooks-of-all-kinds', 'hooks of all kinds', {
    ask: { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"a":1}' },
    status: 200,
    body: '{"wrapped":{"a":1}} ',
    notes: ['handler of POST', 'answered 200'],
  }),
  innocent('on-send-replaces-payload', 'onSend sends a stream in the place of JSON', { status: 200, body: fox }),
  innocent('on-send-fails', 'onSend fails, and its error is answered', { status: 502, body: /no signature/ }),
  innocent('serializer-fails', 'a serializer fails, and the error handler answers', {
    status: 500,
    body: 'could not write',
  }),
  innocent('unsendable-payload', 'send throws, and what catches it answers', {
    status: 200,
    body: 'FST_ERR_REP_INVALID_PAYLOAD_TYPE',
  }),
  innocent('stream-fails-early', 'a stream that fails before its first byte', { status: 500, body: /ENOENT/ }),
  innocent('stream-fails-early-handled', 'a stream that fails early, answered by the error handler', {
    status: 404,
    body: 'no such file',
    notes: ['ENOENT'],
  }),
  innocent('send-error', 'reply.send(error), answered by the error handler', {
    status: 418,
    body: '{"error":"no coffee"}',
  }),
  innocent('error-handler-returns', 'an async error handler that returns a value', {
    status: 503,
    body: '{"error":"no database"}',
  }),
  innocent('error-handlers-nested', 'an error handler that throws, in another one', {
    status: 503,
    body: '{"error":"outer: inner: no database"}',
  }),
  innocent('hook-error-answered', 'done(error)', { status: 400, body: /no tenant/ }),
  innocent('validation-fails', 'a query that does not fit its schema', { status: 400 }),
  innocent('call-not-found', 'reply.callNotFound()', { status: 404, body: '{"error":"nothing here"}' }),
  innocent('head-of-route', 'HEAD of a GET route', { ask: { method: 'HEAD' }, status: 200, body: '' }),
  innocent('hijacked-event-stream', 'server-sent events of a hijacked reply', {
    status: 200,
    body: 'data: 1\n\ndata: tick\n\n',
  }),
  innocent('unhijacked-event-stream', 'server-sent events without hijack', {
    status: 200,
    body: 'data: 1\n\ndata: tick\n\n',
  }),
  innocent('hijacked-returns-a-value', 'a value returned from a hijacked reply', { status: 200, body: 'raw' }),
  innocent('stream-of-parts', 'a stream in parts', { status: 200, body: 'abc' }),
  innocent('reply-trailers', 'trailers', { status: 200, body: 'body' }),
  innocent('stream-with-trailers', 'trailers behind a stream', { status: 200, body: fox }),
  innocent('header-in-time', 'a header set by onSend', { ...ok, headers: { 'X-Early': '1' } }),
  innocent('guard-in-a-context', 'a mistake outside of the context that the guard is in', {
    status: 200,
    body: '{"outer":true}',
  }),
]

export const innocentFastifyLibraries = [
  innocent('fastify-static-file', '@fastify/static', { ...from('/page.txt'), status: 200, body: fox }),
  innocent('fastify-static-range', '@fastify/static, a range', {
    ...from('/page.txt', { Range: 'bytes=4-8' }),
    status: 206,
    body: 'quick',
  }),
  innocent('fastify-static-not-modified', '@fastify/static, not modified', {
    ...from('/page.txt', { 'If-Modified-Since': 'Fri, 31 Dec 2100 23:59:59 GMT' }),
    status: 304,
  }),
  innocent('fastify-static-missing', '@fastify/static, not found', { ...from('/there.txt'), status: 404 }),
  innocent('compressed-json', '@fastify/compress', {
    ...from('/', gzip),
    status: 200,
    headers: { 'Content-Encoding': 'gzip' },
  }),
  innocent('compressed-file', '@fastify/compress of a static file', {
    ...from('/large.txt', gzip),
    status: 200,
    headers: { 'Content-Encoding': 'gzip' },
  }),
  innocent('cookie-and-session', '@fastify/cookie and @fastify/session', {
    ...ok,
    headers: { 'Set-Cookie': /flavour=oat/ },
    open: ['body'],
  }),
  innocent('middie-answers', '@fastify/middie', { ...from('/raw'), status: 202, body: 'raw' }),
  innocent('express-answers', '@fastify/express, answering', {
    ...from('/express'),
    status: 202,
    body: '{"by":"express"}',
  }),
  innocent('express-passes-on', '@fastify/express, passing on', { status: 203, body: '{"by":"fastify"}' }),
  innocent('proxied-by-fastify', '@fastify/reply-from', {
    status: 200,
    body: '{"up":true}',
    headers: { 'x-upstream': '1' },
  }),
  innocent('websocket-route', '@fastify/websocket', {
    ask: {
      path: '/socket',
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      },
    },
    status: 101,
    ending: 'hang',
    patienceMs: 300,
  }),
  innocent('web-stream', 'a web stream', { status: 200, body: 'one two three' }),
  innocent('fetch-response', 'a Response of fetch', {
    status: 201,
    body: 'from fetch',
    headers: { 'x-from': 'fetch' },
  }),
  innocent('handler-in-time', 'a handler within its handlerTimeout', ok),
]
