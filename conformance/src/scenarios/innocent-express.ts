import { innocent } from './scenario.ts'

const from = (path: string, headers: Record<string, string> = {}) => ({ ask: { path, headers } })
const gzip = { 'Accept-Encoding': 'gzip' }
const multipart = { 'Content-Type': 'multipart/form-data; boundary=fox' }
const form = [
  '--fox\r\nContent-Disposition: form-data; name="text"\r\n\r\nhello\r\n',
  '--fox\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\ncontent\r\n',
  '--fox--\r\n',
].join('')
const dead = { ending: 'cut', alive: false, uncaught: 'no database', status: null } as const
const fox = /^The quick brown fox/

export const innocentAnswers = [
  innocent('plain-json', 'one JSON answer', { ...from('/users/1'), status: 200, body: '{"id":"1","name":"Ada"}' }),
  innocent('text-with-etag', 'one text', { status: 200, body: 'hello' }),
  innocent('buffer-and-type', 'one buffer', { status: 200, headers: { 'Content-Type': 'image/png' } }),
  innocent('head-of-get', 'HEAD of a GET route', {
    ask: { method: 'HEAD' },
    status: 200,
    body: '',
    headers: { 'Content-Length': '17' },
  }),
  innocent('not-modified', 'a conditional GET', { ...from('/', { 'If-None-Match': '"v1"' }), status: 304 }),
  innocent('explicit-304', '304 by hand', { status: 304 }),
  innocent('send-status-204', 'sendStatus(204), which passes a text inside', {
    ask: { method: 'DELETE' },
    status: 204,
  }),
  innocent('status-204-end', 'an empty 204', { ask: { method: 'DELETE' }, status: 204 }),
  innocent('redirect', 'a redirect', { status: 301, headers: { Location: '/new?x=1' } }),
  innocent('redirect-then-end', 'a bare end() behind a redirect', { status: 302 }),
  innocent('send-then-end', 'a bare end() behind send', { status: 200, body: 'done' }),
  innocent('end-in-finally', 'a bare end() in finally', { status: 200, body: '{"ok":true}' }),
  innocent('end-with-empty-text', "end('') behind end(text)", { status: 200, body: 'done' }),
  innocent('jsonp', 'one JSONP answer', { ...from('/?callback=cb'), status: 200, body: /cb\(\{"n":1\}\)/ }),
  innocent('cookies', 'cookies, links and other headers in time', {
    status: 200,
    headers: { 'Set-Cookie': /a=1.*b=;.*c=3/ },
  }),
  innocent('status-set-often', 'status and headers set several times', {
    status: 201,
    headers: { 'X-A': '2', 'X-Powered-By': null },
  }),
  innocent('status-204-then-200', '204, then 200 with a body', { status: 200, body: '{"ok":true}' }),
  innocent('format', 'content negotiation', {
    ...from('/', { Accept: 'application/json' }),
    status: 200,
    body: '{"json":true}',
  }),
  innocent('send-file', 'a file', { status: 200, body: fox }),
  innocent('send-file-head', 'HEAD of a file', {
    ask: { method: 'HEAD' },
    status: 200,
    headers: { 'Content-Length': '45' },
  }),
  innocent('send-file-range', 'a range of a file', {
    ...from('/', { Range: 'bytes=4-8' }),
    status: 206,
    body: 'quick',
  }),
  innocent('send-file-range-unsatisfiable', 'a range that the file has not', {
    ...from('/', { Range: 'bytes=99-' }),
    status: 416,
  }),
  innocent('send-file-missing', 'a missing file, answered by the error handler', {
    status: 404,
    body: '{"error":"no such file"}',
  }),
  innocent('send-file-missing-default', 'a missing file, answered by Express', { status: 404 }),
  innocent('send-file-callback-answers', "a missing file, answered by sendFile's callback", {
    status: 404,
    body: 'no such file',
  }),
  innocent('send-file-callback-passes-on', "a missing file, passed on by sendFile's callback", {
    status: 200,
    body: 'generated instead',
  }),
  innocent('send-file-callback-logs', 'a file with a callback', { status: 200, body: fox, notes: ['sent well'] }),
  innocent('download', 'a download', { status: 200, headers: { 'Content-Disposition': /fox\.txt/ } }),
  innocent('download-missing', 'a missing download, answered by its callback', {
    status: 410,
    body: '{"error":"gone"}',
  }),
  innocent('render', 'a page', { status: 200, body: '<p>page</p>' }),
  innocent('render-callback', 'a page sent by its callback', { status: 200, body: '<main><p>page</p></main>' }),
  innocent('render-fails', 'a page that fails, answered by the error handler', {
    status: 500,
    body: 'could not render: bad template',
  }),
  innocent('render-fails-sync', 'a page that fails at once, answered by the error handler', {
    status: 500,
    body: 'could not render: bad template',
  }),
  innocent('render-missing-view', 'a view that is not there', { status: 500, body: 'no such view' }),
]

export const innocentControl = [
  innocent('not-found', 'nobody answers: 404', { ...from('/there'), status: 404 }),
  innocent('options-automatic', 'the automatic answer to OPTIONS', {
    ask: { method: 'OPTIONS' },
    status: 200,
    headers: { Allow: /GET.*POST/ },
  }),
  innocent('next-route', "next('route')", { ...from('/users/2'), status: 200, body: 'some user' }),
  innocent('next-router', "next('router')", { ...from('/admin/panel'), status: 401, body: 'no' }),
  innocent('nested-routers', 'routers in routers', {
    ...from('/shops/7/items/9'),
    status: 200,
    body: '{"shop":"7","item":"9"}',
  }),
  innocent('mounted-app', 'an app in an app', {
    ...from('/blog/posts/3'),
    status: 200,
    body: '{"post":"3","base":"/blog"}',
  }),
  innocent('mounted-app-passes-on', 'an app in an app that passes on', {
    ...from('/blog/x'),
    status: 404,
    body: 'nothing here',
  }),
  innocent('param-loads', 'app.param loads asynchronously', {
    ...from('/users/1'),
    status: 200,
    body: '{"id":"1","name":"Ada"}',
  }),
  innocent('array-of-handlers', 'arrays of handlers', { status: 200, body: '{"steps":2}' }),
  innocent('same-middleware-twice', 'one function in three layers', { status: 200, body: '{"count":3}' }),
  innocent('next-in-one-branch', 'a check that answers or passes on', { status: 401 }),
  innocent('async-auth', 'an async check that passes on', {
    ...from('/', { Authorization: 'good' }),
    status: 200,
    body: 'secret',
  }),
  innocent('work-after-next', 'a middleware that reads after next()', {
    status: 200,
    notes: ['audited 200 application/json; charset=utf-8 true'],
  }),
  innocent('header-after-next-in-time', 'a header set after next(), before the answer', {
    status: 200,
    headers: { 'X-Early': '1' },
  }),
  innocent('throw-answered', 'a throw answered by the error handler', { status: 503, body: '{"error":"no database"}' }),
  innocent('throw-default-handler', 'a throw answered by Express', { status: 500 }),
  innocent('next-error-answered', 'next(error) through two error handlers', {
    status: 500,
    body: '{"error":"no database"}',
  }),
  innocent('error-handler-recovers', 'an error handler that goes on without the error', { status: 200, body: 'fresh' }),
  innocent('async-error-handler', 'an error handler that answers later', {
    status: 500,
    body: '{"error":"no database"}',
  }),
  innocent('rejects-before-answer', 'an async handler rejects before any answer', {
    status: 500,
    native: { express4: dead },
  }),
  innocent('answer-in-callback', 'an answer from nested callbacks', { status: 200, body: '{"ok":true}' }),
  innocent('returns-the-answer', 'an async handler that returns the response', { status: 200, body: '{"ok":true}' }),
  innocent('accepted-then-works', '202, then work in the background', {
    ask: { method: 'POST', path: '/jobs' },
    status: 202,
    notes: ['done, true true application/json; charset=utf-8'],
  }),
  innocent('checks-before-answering', 'races that look at headersSent', { status: 200, body: 'fast' }),
  innocent('same-status-later', 'reading after the answer', {
    status: 200,
    notes: ['true true true', 'finish 200 OK', 'close'],
  }),
  innocent('drops-the-connection', 'the socket destroyed on purpose', { status: null, ending: 'cut' }),
  innocent('destroys-the-answer', 'the response destroyed on purpose', { status: null, ending: 'cut' }),
  innocent('leaves-early', 'the client leaves before the answer', {
    leaveAfterMs: 15,
    settleMs: 120,
    ending: 'left',
    notes: ['closed false'],
  }),
]

export const innocentStreams = [
  innocent('pipe-file', 'a piped file', { status: 200, body: fox }),
  innocent('pipeline-file', 'a pipeline with gzip', { status: 200, body: fox }),
  innocent('pipe-then-throw', 'a handler that pipes and fails at once, answered by the error handler', {
    status: 403,
    body: '{"error":"no access"}',
  }),
  innocent('pipe-given-up', 'a source that is destroyed, and another answer', {
    status: 409,
    body: '{"error":"busy"}',
  }),
  innocent('pipe-taken-off', 'a source that is unpiped, and another answer', { status: 409, body: '{"error":"busy"}' }),
  innocent('pipe-without-end', 'a pipe that leaves the end to the handler', { status: 200, body: '<<onetwo>>' }),
  innocent('pipe-two-in-a-row', 'two pipes that leave the end to the handler', { status: 200, body: 'head\nbody\n' }),
  innocent('pipe-fails-early', 'a source that fails before its first byte', { status: 404, body: 'no such file' }),
  innocent('pipe-through', 'a pipe that is fed later', { status: 200, body: 'one two' }),
  innocent('iterates-and-writes', 'an async iteration that writes', { status: 200, body: 'abc' }),
  innocent('large-with-drain', 'backpressure', { readsAfterMs: 30, status: 200, body: /^y{9}/, notes: ['waited'] }),
  innocent('flush-then-write', 'headers flushed early', { status: 200, body: 'late body' }),
  innocent('event-stream', 'server-sent events', { status: 200, body: /^data: 1\n\ndata: tick/ }),
  innocent('event-stream-left', 'server-sent events for a client that leaves', {
    leaveAfterMs: 25,
    settleMs: 120,
    ending: 'left',
    notes: ['left'],
  }),
  innocent('write-callbacks', 'encodings and callbacks', { status: 200, body: 'onetwo', notes: ['written', 'ended'] }),
  innocent('cork-and-uncork', 'cork and uncork', { status: 200, body: 'one two' }),
  innocent('trailers', 'trailers', { status: 200, body: 'body' }),
  innocent('early-hints', '103 and 102 before the answer', { status: 200, body: 'page' }),
  innocent('continue-automatic', '100 Continue', {
    ask: { method: 'PUT', headers: { Expect: '100-continue', 'Content-Type': 'text/plain' }, body: 'text' },
    status: 200,
    body: 'got text',
  }),
  innocent('write-head-forms', 'writeHead with reason and array', { status: 203, headers: { 'X-One': '1' } }),
  innocent('length-exact', 'an exact Content-Length', { status: 200, body: 'hello' }),
  innocent('keep-alive', 'three requests on one connection', { asks: [{}, {}, {}], status: 200, body: '{"served":3}' }),
  innocent('pipelined', 'three requests at once', {
    asks: [{ path: '/1' }, { path: '/2' }, { path: '/3' }],
    pipelined: true,
    status: 200,
    body: '{"n":"3"}',
  }),
  innocent('upgrade', 'an upgrade', {
    ask: { headers: { Connection: 'Upgrade', Upgrade: 'echo' } },
    status: 101,
    ending: 'closed',
  }),
  innocent('stream-fails-forwarded', 'a pipeline that fails before headers, answered by the error handler', {
    status: 404,
    body: 'no such file',
    notes: ['ENOENT'],
  }),
]

export const innocentLibraries = [
  innocent('compression-inside', 'compression behind the guard', {
    ...from('/', gzip),
    status: 200,
    headers: { 'Content-Encoding': 'gzip' },
  }),
  innocent('compression-outside', 'compression in front of the guard', {
    ...from('/', gzip),
    status: 200,
    headers: { 'Content-Encoding': 'gzip' },
  }),
  innocent('compression-streams', 'compression of writes and flushes', {
    ...from('/', gzip),
    status: 200,
    body: 'one two',
  }),
  innocent('compression-of-head', 'compression of HEAD', { ask: { method: 'HEAD', headers: gzip }, status: 200 }),
  innocent('compression-of-file', 'compression of a static file', {
    ...from('/large.txt', gzip),
    status: 200,
    body: /^0123456789abcdef/,
  }),
  innocent('session', 'express-session', {
    status: 200,
    body: '{"views":1}',
    headers: { 'Set-Cookie': /connect\.sid/ },
  }),
  innocent('session-outside', 'express-session in front of the guard', { status: 200, body: 'one view' }),
  innocent('session-then-bare-end', 'express-session delays end(text)', {
    status: 201,
    body: 'made',
    notes: ['ended false', 'finish'],
  }),
  innocent('session-redirect', 'express-session saved before a redirect', { status: 302 }),
  innocent('session-destroyed', 'express-session destroyed', { status: 200, body: 'bye' }),
  innocent('session-and-compression', 'express-session in compression', {
    ...from('/', gzip),
    status: 200,
    body: /row row/,
  }),
  innocent('morgan', 'morgan', { status: 200, notes: ['GET / 200 2'] }),
  innocent('morgan-outside', 'morgan in front of the guard', { status: 404, notes: ['GET 404'] }),
  innocent('helmet', 'helmet', { status: 200, headers: { 'X-Powered-By': null } }),
  innocent('cors', 'cors', {
    ...from('/', { Origin: 'http://shop.example' }),
    status: 200,
    headers: { 'Access-Control-Allow-Origin': 'http://shop.example' },
  }),
  innocent('cors-preflight', 'a cors preflight', {
    ask: { method: 'OPTIONS', headers: { Origin: 'http://a', 'Access-Control-Request-Method': 'PUT' } },
    status: 204,
  }),
  innocent('static-file', 'serve-static', { status: 200, body: '<h1>index</h1>\n' }),
  innocent('static-redirect', "serve-static's redirect of a folder", { ...from('/files/public'), status: 301 }),
  innocent('static-miss', 'serve-static passes on', { ...from('/absent'), status: 404, body: 'no such page' }),
  innocent('static-range', 'a range by serve-static', {
    ...from('/page.txt', { Range: 'bytes=0-2' }),
    status: 206,
    body: 'The',
  }),
  innocent('static-not-modified', 'serve-static without validators', { ...from('/page.txt'), status: 200, body: fox }),
  innocent('static-large', 'a large file by serve-static', { ...from('/large.txt'), status: 200, body: /cdef$/ }),
  innocent('timeout-respected', 'connect-timeout and a handler that asks', {
    status: 503,
    body: '{"error":"ETIMEDOUT"}',
  }),
  innocent('timeout-not-reached', 'connect-timeout that is not reached', { status: 200, body: 'done' }),
  innocent('proxy', 'http-proxy-middleware', {
    ...from('/api/a?b=1'),
    status: 203,
    ending: 'closed',
    body: 'upstream /a?b=1',
  }),
  innocent('proxy-of-post', 'http-proxy-middleware with a body', {
    ask: { method: 'POST', path: '/api/x', body: 'hello' },
    status: 201,
    ending: 'closed',
    body: 'made /api/x',
  }),
  innocent('proxy-without-upstream', 'http-proxy-middleware without upstream', { status: 504 }),
  innocent('proxy-error-answered', 'http-proxy-middleware without upstream, answered by its error callback', {
    status: 502,
    body: 'no upstream',
  }),
  innocent('upload', 'multer', {
    ask: { method: 'POST', headers: multipart, body: form },
    status: 200,
    body: '{"name":"a.txt","size":7,"text":"hello"}',
  }),
  innocent('upload-refused', 'multer refuses', {
    ask: { method: 'POST', headers: multipart, body: form },
    status: 413,
    body: '{"error":"LIMIT_FILE_SIZE"}',
  }),
  innocent('json-body', 'a JSON body', {
    ask: { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"a":1}' },
    status: 200,
    body: '{"a":1}',
  }),
  innocent('json-body-broken', 'a broken JSON body', {
    ask: { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"a":' },
    status: 400,
    body: '{"error":"entity.parse.failed"}',
  }),
]

export const innocentWrappers = [
  innocent('wraps-end', 'a wrapper of end', { status: 200, body: '{"ok":true}', notes: ['end with 2'] }),
  innocent('wraps-end-outside', 'a wrapper of end in front of the guard', {
    status: 200,
    notes: ['end with 2'],
    body: '{"ok":true}',
  }),
  innocent('wraps-end-later', 'a wrapper that delays end', { status: 200, body: 'delayed' }),
  innocent('wraps-write-head', 'a wrapper of writeHead that sets a header', {
    status: 200,
    headers: { 'X-Took': 'little' },
  }),
  innocent('wraps-json', 'a wrapper of json', { status: 200, body: '{"wrapped":{"ok":true}}' }),
  innocent('wraps-json-with-logging', 'a wrapper of json that logs', { status: 201, notes: ['{"ok":true}'] }),
  innocent('wraps-send', 'a wrapper of send that unwraps itself', { status: 200, body: 'LOUD' }),
  innocent('wraps-write', 'a wrapper of write', { status: 200, body: '[a][b]' }),
  innocent('wraps-buffered', 'a wrapper that buffers writes', { status: 200, body: 'a+b+c' }),
  innocent('answer-helper', 'a helper that answers', { status: 200, body: '{"success":true,"body":{"id":1}}' }),
  innocent('guard-under-path', 'a route in front of the guard', { ...from('/free'), status: 200, body: 'free' }),
  innocent('guard-installed-twice', 'the guard installed twice', { status: 200, body: '{"ok":true}' }),
  innocent('strict-routing-later', 'settings made after the guard', {
    ...from('/path'),
    status: 404,
    body: 'no /path',
  }),
]
