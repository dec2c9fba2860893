import { dies, faulty, type Outcome, type Rules, thrownInRoute } from './scenario.ts'

const json = (status: number, value: unknown): Outcome => ({ status, body: JSON.stringify(value) })
const later = { 'x-sent': 'later' }
const whoAreYou = { ...json(401, { error: 'who are you?' }), headers: later }
const secret = { path: '/secret?token=hush' }
const double = { kind: 'double-response' } as const
const passed = { kind: 'next-after-response', cause: 'missing-return' } as const
const ran = { notes: ['protected handler ran'] }
const grace: Rules = { 'truncated-response': { options: { graceMs: 100 } } }

/** What only Fastify has: hooks, values that are returned, hijacked replies. */
export const fastifyReplies = [
  faulty('refusal-not-returned', 'an async hook refuses without returning the reply, in front of an async onSend', {
    ask: secret,
    route: '/secret',
    told: { ...passed, second: 'any' },
    answer: whoAreYou,
    native: { fastify4: dies('ERR_HTTP_HEADERS_SENT', ran), fastify5: ran },
    thrown: { any: { ...whoAreYou, alive: true, ending: 'complete', notes: [] } },
  }),
  faulty('refusal-not-returned-audited', 'an async hook refuses and goes on to await something', {
    ask: secret,
    route: '/secret',
    told: { ...passed, second: 'any' },
    answer: whoAreYou,
    native: { fastify4: dies('ERR_HTTP_HEADERS_SENT', ran), fastify5: ran },
    thrown: { any: { ...whoAreYou, alive: true, ending: 'complete', notes: [] } },
  }),
  faulty('refusal-and-done', 'a hook refuses and calls done, in front of an async onSend', {
    ask: secret,
    route: '/secret',
    told: passed,
    answer: whoAreYou,
    native: { fastify4: dies('ERR_HTTP_HEADERS_SENT', ran), fastify5: ran },
    thrown: { any: { ...whoAreYou, alive: true, ending: 'complete', notes: [] } },
  }),
  faulty('send-and-return', 'an async handler sends, and returns a value', {
    ask: { path: '/users/1?token=hush' },
    route: '/users/:id',
    told: { ...double, cause: 'send-and-return', second: 'any' },
    answer: json(200, { user: { id: '1', name: 'Ada' } }),
    native: {},
  }),
  faulty('send-then-await-and-return', 'an async handler sends, and later returns a value', {
    ask: { path: '/users/1?token=hush' },
    told: { ...double, cause: 'send-and-return', second: 'any' },
    answer: json(200, { ok: 1 }),
    native: {},
  }),
  faulty('send-and-return-in-error-handler', 'an async error handler sends, and returns a value', {
    told: { ...double, cause: 'send-and-return', second: 'any' },
    answer: json(503, { error: 'no database' }),
    native: {},
  }),
  faulty('send-not-returned', 'an async handler sends without returning the reply, in front of an async onSend', {
    told: { ...double, cause: 'missing-return', second: 'any' },
    answer: { ...json(200, { ok: true }), headers: later },
    native: { fastify4: dies('ERR_HTTP_HEADERS_SENT'), fastify5: {} },
    thrown: { any: thrownInRoute },
  }),
  faulty('send-twice-before-on-send-ends', 'a second answer while onSend of the first still runs', {
    told: { ...double, cause: 'missing-return' },
    answer: { ...json(200, { ok: true }), headers: { ...later, 'x-error': null } },
    native: {
      fastify4: dies('ERR_HTTP_HEADERS_SENT', { status: 500, headers: { ...later } }),
      fastify5: { status: 500, headers: { ...later } },
    },
    thrown: { any: { ...json(200, { ok: true }), headers: later, alive: true, ending: 'complete' } },
  }),
  faulty('send-twice-before-pre-serialization-ends', 'a second answer while preSerialization of the first still runs', {
    told: { ...double, cause: 'missing-return' },
    answer: json(200, { wrapped: { ok: true } }),
    native: { fastify4: dies('ERR_HTTP_HEADERS_SENT'), fastify5: {} },
    thrown: { any: thrownInRoute },
  }),
  faulty('raw-end-before-on-send-ends', 'end(text) on the raw response while onSend still runs', {
    told: { ...double, cause: 'missing-return' },
    answer: { ...json(200, { ok: true }), headers: later },
    native: {
      fastify4: dies('ERR_HTTP_HEADERS_SENT', { body: 'raw', headers: {} }),
      fastify5: { body: 'raw', headers: {} },
    },
    thrown: { any: { ...thrownInRoute, ...json(200, { ok: true }) } },
  }),
  faulty('send-behind-raw-end', 'an answer behind the raw one', {
    told: { ...double, cause: 'missing-return' },
    answer: { status: 200, body: 'raw' },
    native: {},
  }),
  faulty('hijack-then-send', 'an answer by Fastify for a reply that was taken away from it', {
    told: { ...double, cause: 'missing-return' },
    answer: { status: 200, body: 'raw' },
    native: {},
    thrown: { any: { status: null, body: '', ending: 'hang' } },
  }),
  faulty('hijack-and-end-twice', 'a hijacked reply that is ended twice', {
    told: { ...double, cause: 'late-callback' },
    answer: { status: 200, body: 'one' },
    native: {},
  }),
  faulty('hijack-never-answers', 'a hijacked reply on which nothing is ever seen', {
    rules: { 'no-response': { enable: true, options: { afterMs: 100 } } },
    told: { kind: 'no-response', first: 'any', second: 'any' },
    patienceMs: 700,
    answer: { ending: 'hang' },
    native: {},
  }),
  faulty('not-found-handler-answers-twice', 'a handler for what is not found lacks its return', {
    ask: { path: '/there?token=hush' },
    told: { ...double, cause: 'missing-return' },
    answer: json(404, { error: 'nothing here' }),
    native: {},
  }),
  faulty('called-not-found-handler-answers-twice', 'callNotFound leads to a handler that lacks its return', {
    told: { ...double, cause: 'missing-return' },
    answer: json(404, { error: 'nothing here' }),
    native: {},
  }),
  faulty('send-in-on-error', 'an onError hook answers', {
    told: { ...double, first: 'none' },
    answer: { status: 503, body: /no database/ },
    native: {},
  }),
  faulty('send-in-on-send', 'an onSend hook answers', {
    told: double,
    answer: { status: 200, body: 'once' },
    native: { fastify4: dies('ERR_HTTP_HEADERS_SENT', { body: 'again' }), fastify5: { body: 'again' } },
    thrown: { any: { ...thrownInRoute, body: /./, status: 500 } },
  }),
  faulty('header-behind-stream', 'a header set behind a stream that was sent', {
    ask: { path: '/page?token=hush' },
    told: { kind: 'late-header' },
    answer: { status: 200, body: /^The quick brown fox/, headers: { 'x-late': null } },
    native: {},
  }),
  faulty('late-reply-type', 'reply.type after the answer', {
    told: { kind: 'late-header' },
    answer: { status: 200, body: 'ok' },
    native: {},
  }),
  faulty('late-trailer', 'reply.trailer after the answer', {
    told: { kind: 'late-header' },
    answer: { status: 200, body: 'ok' },
    native: {},
  }),
  faulty('late-reply-redirect', 'reply.redirect after the answer', {
    told: { ...double, cause: 'missing-return' },
    answer: { status: 200, body: 'ok' },
    native: {},
  }),
  faulty('error-after-send-before-on-send-ends', 'a handler rejects while onSend of its answer still runs', {
    ask: { method: 'POST', path: '/orders?token=hush' },
    told: { kind: 'error-after-response' },
    answer: { ...json(201, { ok: true }), headers: later },
    native: { fastify4: dies('ERR_HTTP_HEADERS_SENT', { status: 500 }), fastify5: { status: 500 } },
  }),
  faulty('done-with-error-after-send', 'done(error) after the answer', {
    ask: { method: 'POST', path: '/orders?token=hush' },
    told: { kind: 'error-after-response' },
    answer: json(201, { ok: true }),
    native: {},
  }),
  faulty('iterated-body-fails', 'a body fails half way', {
    ask: { path: '/rows?token=hush' },
    rules: grace,
    told: { kind: 'truncated-response', cause: 'stream', second: 'any' },
    answer: { status: 200, body: 'first row\n', ending: 'cut' },
    native: { fastify40: dies('ERR_HTTP_HEADERS_SENT') },
  }),
]

export const fastifyTimeouts = [
  faulty('handler-timeout-then-send', 'handlerTimeout answers, then the handler', {
    ask: { path: '/slow?token=hush' },
    told: { ...double, cause: 'timeout', first: 'none' },
    answer: { status: 503 },
    native: {},
  }),
  faulty('handler-timeout-then-value', 'handlerTimeout answers, then the handler returns a value', {
    ask: { path: '/slow?token=hush' },
    told: { ...double, cause: 'timeout', first: 'none', second: 'none' },
    answer: { status: 503 },
    native: {},
  }),
  faulty('handler-timeout-answered-then-send', 'an error handler answers for handlerTimeout, then the handler', {
    ask: { path: '/slow?token=hush' },
    told: { ...double, cause: 'timeout' },
    answer: { status: 500 },
    native: {},
  }),
  faulty('web-stream-fails', 'a web stream fails half way', {
    ask: { path: '/rows?token=hush' },
    rules: grace,
    told: { kind: 'truncated-response', cause: 'stream', second: 'any' },
    answer: { status: 200, body: 'first row\n', ending: 'cut' },
    native: {},
  }),
]
