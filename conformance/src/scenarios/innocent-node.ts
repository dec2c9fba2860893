import { innocent, sinceNode } from './scenario.ts'

const fox = /^The quick brown fox/

export const innocentRaw = [
  innocent('raw-json', 'writeHead and end', { status: 200, body: '{"ok":true}' }),
  innocent('raw-implicit-head', 'headers without writeHead', { status: 201, body: 'made', headers: { 'X-A': '2, 3' } }),
  innocent('raw-head', 'a body written for HEAD', { ask: { method: 'HEAD' }, status: 200, body: '' }),
  innocent('raw-204', 'an empty 204', { status: 204 }),
  innocent('raw-304', 'an empty 304', { status: 304 }),
  innocent('raw-bare-ends', 'bare end() behind end(text)', { status: 200, body: 'done' }),
  innocent('raw-end-in-finally', 'end() in finally', { status: 200, body: 'done' }),
  innocent('raw-writes', 'several writes', { status: 200, body: 'one two three' }),
  innocent('raw-flush', 'headers flushed early', { status: 200, body: 'late' }),
  innocent('raw-callbacks', 'encodings and callbacks', {
    status: 200,
    body: 'onetwo',
    notes: sinceNode(24, ['written', 'ended', 'finish'], ['written', 'finish', 'ended']),
    native: { http2: { notes: ['written', 'ended', 'finish'] } },
  }),
  innocent('raw-pipe', 'a piped file', { status: 200, body: fox }),
  innocent('raw-pipeline', 'a pipeline', { status: 200, body: fox }),
  innocent('raw-pipe-without-end', 'a pipe that leaves the end to the handler', { status: 200, body: '<<onetwo>>' }),
  innocent('pipe-overtaken', 'an answer in the place of a piped file that has yet to begin', {
    status: 200,
    body: 'not the file',
  }),
  innocent('raw-pipe-fails-early', 'a source that fails before its first byte', { status: 404, body: 'no such file' }),
  innocent('raw-echo', 'the request piped back', {
    ask: { method: 'POST', body: 'hello' },
    status: 200,
    body: 'hello',
  }),
  innocent('raw-early-hints', '103 before the answer', { status: 200, body: 'page' }),
  innocent('raw-continue', '100 Continue', {
    ask: { method: 'PUT', headers: { expect: '100-continue' }, body: 'text' },
    status: 200,
    body: 'got text',
  }),
  innocent('raw-trailers', 'trailers', { status: 200, body: 'body' }),
  innocent('raw-event-stream', 'server-sent events', { status: 200, body: /^data: tick/ }),
  innocent('raw-left', 'the client leaves before the answer', { leaveAfterMs: 15, settleMs: 120, ending: 'left' }),
  innocent('raw-left-while-streaming', 'the client leaves half way', {
    leaveAfterMs: 25,
    settleMs: 120,
    ending: 'left',
    notes: ['left'],
  }),
  innocent('raw-dropped', 'the response destroyed on purpose', { status: null, ending: 'cut' }),
  innocent('raw-cork', 'cork and uncork', { status: 200, body: 'one two' }),
  innocent('raw-length', 'an exact Content-Length', { status: 200, body: 'hello' }),
  innocent('raw-reads-late', 'reading after the answer', { status: 200, notes: ['true 200 1 false'] }),
  innocent('raw-wraps-end', 'a wrapper of end', { status: 200, body: 'ok', notes: ['end with 2'] }),
  innocent('raw-returns', 'what the methods return', {
    status: 200,
    body: 'ab',
    notes: ['true true true'],
    native: { http2: { notes: ['false true true'] } },
  }),
]

export const innocentHttp1 = [
  innocent('raw-write-head-forms', 'writeHead with reason and array', { status: 203, headers: { 'X-One': '1' } }),
  innocent('raw-write-head-pairs', 'writeHead with pairs', { status: 200, headers: { 'Set-Cookie': 'a=1, b=2' } }),
  innocent('raw-set-headers', 'setHeaders, appendHeader, statusMessage', { status: 200, headers: { 'X-One': '1, 2' } }),
  innocent('raw-processing', '102 and 100 before the answer', { status: 200, body: 'ok' }),
  innocent('raw-pipelined', 'three requests at once', {
    asks: [{ path: '/1' }, { path: '/2' }, { path: '/3' }],
    pipelined: true,
    status: 200,
    body: 'n /3',
  }),
  innocent('raw-http10-style', 'keep-alive turned off', { status: 200, body: 'bye', ending: 'closed' }),
  innocent('raw-upgrade', 'an upgrade', {
    ask: { headers: { Connection: 'Upgrade', Upgrade: 'echo' } },
    status: 101,
    ending: 'closed',
  }),
  innocent('raw-compression', 'compression around a pipe', {
    ask: { headers: { 'Accept-Encoding': 'gzip' } },
    status: 200,
    body: fox,
  }),
  innocent('raw-throws-unanswered', 'a throw before any answer', {
    status: null,
    ending: 'cut',
    alive: false,
    uncaught: 'no database',
  }),
  innocent('raw-socket-dropped', 'the socket destroyed on purpose', { status: null, ending: 'cut' }),
]

export const innocentHttp2 = [
  innocent('stream-respond', "the stream's own respond()", { status: 200, body: 'straight' }),
  innocent('stream-reset', 'the stream reset on purpose', { status: null, ending: 'cut' }),
]
