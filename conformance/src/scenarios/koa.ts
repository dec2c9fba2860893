import { dies, faulty, innocent, type Outcome, type Rules } from './scenario.ts'

// What only Koa has: a body that is staged until Koa sends it, and middleware around middleware.

const json = (status: number, value: unknown): Outcome => ({ status, body: JSON.stringify(value) })
const from = (path: string, headers: Record<string, string> = {}) => ({ ask: { path, headers } })
const missing = { path: '/users/7?token=hush' }
const thrown500: Outcome = { status: 500, body: 'Internal Server Error' }
const grace: Rules = { 'truncated-response': { options: { graceMs: 100 } } }
const overwritten = { kind: 'body-overwritten', cause: 'missing-return' } as const
const overwritingRules: Rules = { 'body-overwritten': { enable: true } }
const late = { kind: 'double-response', cause: 'late-callback' } as const
const lateHeader = { kind: 'late-header', cause: 'late-callback' } as const
const ok: Outcome = { status: 200, body: 'ok' }
const unawaited = { kind: 'double-response', cause: 'missing-await' } as const
const nobody: Outcome = { status: 404, body: 'Not Found' }
const raw: Outcome = { status: 200, body: 'raw' }
const secret = json(200, { secret: 42 })

const koa = (outcome: Outcome) => ({ koa: outcome })
/** The presets but `strict` only report it: the client gets what it gets without the guard. */
const reported = (outcome: Outcome) => ({ native: koa(outcome), suppressed: koa(outcome) })
/** Thrown where nobody awaits. */
const diesUnawaited = koa(dies('RESPOND_ONCE_DOUBLE_RESPONSE'))

export const koaOverwritten = [
  faulty('refusal-falls-through', 'a refusal lacks its return, and the next body replaces it', {
    ask: missing,
    route: '/users/:id',
    rules: overwritingRules,
    told: overwritten,
    answer: json(404, { error: 'no such user' }),
    ...reported(json(404, {})),
    thrown: koa(thrown500),
  }),
  faulty('refusal-falls-through-async', 'a refusal in an async handler lacks its return', {
    ask: missing,
    route: '/users/:id',
    rules: overwritingRules,
    told: overwritten,
    answer: json(404, { error: 'no such user' }),
    ...reported(json(404, {})),
    thrown: koa(thrown500),
  }),
  faulty('refusal-falls-through-after-await', 'a refusal lacks its return, and the secret comes in a later turn', {
    rules: overwritingRules,
    told: overwritten,
    answer: { ...json(401, { error: 'who are you?' }), headers: { 'X-User': null } },
    ...reported({ ...json(200, { secret: 'Ada' }), headers: { 'X-User': '1' } }),
    thrown: koa({ ...thrown500, headers: {} }),
  }),
  faulty('refusal-by-later-status', 'a body is made a refusal by the status behind it, and falls through', {
    rules: overwritingRules,
    told: overwritten,
    answer: json(401, { error: 'who are you?' }),
    ...reported(secret),
    thrown: koa(thrown500),
  }),
  faulty('redirect-falls-through', 'a redirect lacks its return', {
    rules: overwritingRules,
    told: overwritten,
    answer: { status: 302, body: 'Redirecting to /login.', headers: { Location: '/login' } },
    ...reported(json(302, { secret: 42 })),
    thrown: koa({ ...thrown500, headers: { Location: null } }),
  }),
  faulty('refusals-fall-through', 'both of two checks are true', {
    rules: overwritingRules,
    told: overwritten,
    answer: { status: 400, body: 'q is missing' },
    ...reported({ body: 'limit is missing' }),
    thrown: koa(thrown500),
  }),
  faulty('refusal-falls-through-switch', 'a case lacks its break', {
    ask: { path: '/export/secret?token=hush' },
    rules: overwritingRules,
    told: overwritten,
    answer: { status: 403, body: 'not for you' },
    ...reported({ body: 'id,name' }),
    thrown: koa(thrown500),
  }),
  faulty('refusal-in-helper', 'a helper refuses and goes on', {
    rules: overwritingRules,
    told: overwritten,
    answer: json(401, { error: 'who are you?' }),
    ...reported(json(401, { secret: 42 })),
    thrown: koa(thrown500),
  }),
]

export const koaLate = [
  faulty('timeout-without-status', 'a middleware gives up waiting, and the handler answers later', {
    told: { kind: 'double-response', cause: 'timeout' },
    answer: json(200, { state: 'still working' }),
    native: {},
  }),
  faulty('next-not-awaited', 'an await before next() is missing', {
    told: unawaited,
    answer: nobody,
    native: {},
    thrown: diesUnawaited,
  }),
  faulty('next-not-returned', 'next() is called, and its promise is dropped', {
    told: unawaited,
    answer: nobody,
    native: {},
    thrown: diesUnawaited,
  }),
  faulty('next-not-awaited-in-router', 'an await before next() is missing in a handler of a router', {
    ask: { path: '/orders/7?token=hush' },
    route: '/orders/:id',
    told: unawaited,
    answer: nobody,
    native: {},
    thrown: diesUnawaited,
  }),
  faulty('next-not-awaited-behind-body', 'an await before next() is missing behind a default body', {
    told: unawaited,
    answer: json(200, { state: 'unknown' }),
    native: {},
    thrown: diesUnawaited,
  }),
  faulty('late-redirect', 'a redirect after the answer', {
    told: late,
    answer: { status: 200, body: 'ordered', headers: { Location: null } },
    native: {},
  }),
  faulty('late-status-and-body', 'a status and a body after the answer', {
    told: late,
    answer: { status: 200, body: 'ordered' },
    native: {},
  }),
  faulty('late-body-of-stream', 'a body while a stream is still going out', {
    told: late,
    answer: { status: 200, body: 'one two' },
    // Koa 3 destroys the stream that a new body replaces.
    native: { koa3: { body: 'one ', ending: 'cut' } },
  }),
  faulty('end-then-body', 'a raw end, then a body', {
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: raw,
    native: {},
  }),
  faulty('end-then-body-outside', 'a raw end, then a body by the middleware around it', {
    told: { kind: 'double-response' },
    answer: raw,
    native: {},
  }),
  faulty('end-then-redirect', 'a raw end, then a redirect', {
    told: { kind: 'double-response', cause: 'missing-return' },
    answer: raw,
    native: {},
  }),
  ...['type', 'length', 'etag', 'last-modified', 'attachment', 'vary'].map((field) =>
    faulty(`late-${field}`, `ctx.${field} after the answer`, { told: lateHeader, answer: ok, native: {} }),
  ),
  faulty('hijacked-and-forgotten', 'ctx.respond = false, and nobody answers', {
    ask: missing,
    route: '/users/:id',
    rules: { 'no-response': { enable: true, options: { afterMs: 100 } } },
    told: { kind: 'no-response', cause: 'forgotten-response', first: 'none', second: 'any' },
    patienceMs: 700,
    answer: { ending: 'hang' },
    native: {},
  }),
]

export const koaPassingOn = [
  faulty('next-twice-awaited', 'next() awaited twice', {
    told: { kind: 'next-called-twice', cause: 'missing-return' },
    answer: json(200, { user: { id: '1', name: 'Ada' } }),
    native: koa(thrown500),
    thrown: koa(thrown500),
  }),
  faulty('next-twice-unawaited', 'next() twice, the second time without await', {
    told: { kind: 'next-called-twice', cause: 'missing-return' },
    answer: json(200, { user: { id: '1', name: 'Ada' } }),
    native: koa(dies('next() called multiple times', { status: null, body: '', ending: 'cut' })),
  }),
  faulty('next-twice-in-router', 'next() awaited twice by a handler of a router', {
    ask: { path: '/users/1?token=hush' },
    route: '/users/:id',
    told: { kind: 'next-called-twice', cause: 'missing-return' },
    answer: json(200, { user: { id: '1', name: 'Ada' } }),
    native: koa(thrown500),
  }),
  faulty('next-twice-in-mount', 'next() awaited twice in a chain that cannot be reached', {
    ask: { path: '/admin/users?token=hush' },
    told: { kind: 'next-called-twice', cause: 'unknown', first: 'none' },
    answer: thrown500,
    native: {},
  }),
  faulty('next-twice-around-check', 'next() twice in front of a check', {
    ask: { path: '/admin?token=hush' },
    told: { kind: 'next-called-twice', cause: 'missing-return' },
    answer: json(401, { error: 'who are you?' }),
    native: koa(thrown500),
  }),
]

export const koaStreams = [
  faulty('body-stream-fails', 'a body stream fails half way', {
    rules: grace,
    told: { kind: 'truncated-response', cause: 'stream', first: 'marked', second: 'any' },
    answer: { status: 200, body: 'first row\n', ending: 'cut' },
    native: { koa2: { ending: 'hang' } },
  }),
  faulty('partial-then-thrown', 'a throw half way', {
    rules: grace,
    told: { kind: 'truncated-response', first: 'marked', second: 'any' },
    answer: { status: 200, body: 'first row\n', ending: 'cut', notes: ['database gone'] },
    native: koa({ ending: 'hang' }),
  }),
  faulty('writes-behind-koa', 'a raw write behind a body that Koa has sent', {
    told: { kind: 'write-after-end', cause: 'late-callback' },
    answer: { status: 200, body: 'one\n' },
    native: {},
  }),
]

export const innocentKoa = [
  innocent('nobody-answers', 'middleware that passes on, and nobody answers', nobody),
  innocent('koa-head', 'HEAD', { ask: { method: 'HEAD' }, status: 200, headers: { 'Content-Length': '5' } }),
  innocent('koa-empty-bodies', 'a body taken back', { status: 204 }),
  innocent('koa-status-204', 'a body dropped by a 204', { status: 204 }),
  innocent('koa-redirect', 'a redirect', { status: 302, headers: { Location: '/new?x=1' } }),
  innocent('koa-redirect-worded', 'a redirect, and the text of its page', {
    status: 301,
    body: 'Redirecting to shopping cart',
  }),
  innocent('koa-body-wrapped', 'an envelope around the body', json(404, { status: 404, value: 'no such thing' })),
  innocent('koa-body-replaced', 'a refusal worded by the middleware around it', json(403, { error: 'Forbidden' })),
  innocent('koa-default-overridden-downstream', 'a default body replaced downstream', { status: 200, body: 'found' }),
  innocent('koa-default-overridden-after-next', 'a default body replaced after next()', {
    status: 200,
    body: 'found after all',
  }),
  innocent('koa-default-then-condition', 'a default body replaced on a condition', json(200, { id: '1', name: 'Ada' })),
  innocent('koa-default-then-condition-unbraced', 'a default body replaced on a condition without braces', {
    status: 403,
    body: 'yes',
  }),
  innocent('koa-answer-then-refusal', 'an answer that a later check refuses', {
    ...from('/', { 'Cache-Control': 'no-cache' }),
    status: 410,
    body: 'gone',
  }),
  innocent('koa-error-page', 'a middleware that answers for errors', json(503, { error: 'no database' })),
  innocent('koa-error-page-same-function', 'a catch that answers for its try', json(500, { error: 'no database' })),
  innocent('koa-throw', 'ctx.throw', {
    status: 418,
    body: 'short and stout',
    headers: { 'X-Kept': '1', 'X-Gone': null },
  }),
  innocent('koa-throw-unexpected', 'a throw answered by Koa', { ...thrown500, notes: ['no database'] }),
  innocent('koa-json-fails', 'a body that cannot be JSON', thrown500),
  innocent('koa-event-stream', 'server-sent events', { status: 200, body: 'data: 1\n\ndata: 2\n\n' }),
  innocent('koa-stream', 'a stream', { status: 200, body: 'one two' }),
  innocent('koa-stream-replaced', 'a stream through a stream', { status: 200, body: 'one two' }),
  innocent('koa-head-then-body', 'a raw head, then a body', { status: 203, body: 'the body' }),
  innocent('koa-respond-false', 'ctx.respond = false', { status: 200, body: 'by hand' }),
  innocent('koa-respond-false-proxy', 'a proxy by ctx.respond = false', { status: 200, body: 'from upstream' }),
  innocent('koa-respond-given-back', 'ctx.respond set back', { status: 200, body: 'true true' }),
  innocent('koa-reads-respond', 'middleware that reads what Koa reads', { status: 201, body: 'made' }),
  innocent('koa-work-after-answer', 'reading after the answer', { status: 200, notes: ['200 accepted text/plain 8'] }),
  innocent('koa-async-check', 'a check that throws', { status: 401, body: 'who are you?' }),
  innocent('koa-next-in-sync-middleware', 'next() without await, and all at once', { status: 200, body: 'at once' }),
  innocent('koa-router-nested', 'routers in routers', {
    ...from('/shops/7/items/9'),
    ...json(200, { shop: '7', item: '9' }),
  }),
  innocent('koa-router-405', 'a method that is not allowed', { ask: { method: 'PUT', path: '/thing' }, status: 405 }),
  innocent('koa-router-param', 'router.param', { ...from('/users/1'), ...json(200, { id: '1', name: 'Ada' }) }),
  innocent('koa-body-built-up', 'a body that is read and set again', json(400, { errors: ['a', 'b'] })),
  innocent('koa-keep-alive', 'three requests on one connection', {
    asks: [{}, {}, {}],
    ...json(200, { served: 3, page: { name: 'page' } }),
  }),
  innocent('koa-leaves-early', 'the client leaves before the answer', {
    leaveAfterMs: 15,
    settleMs: 120,
    ending: 'left',
    notes: ['closed'],
  }),
  innocent('koa-web-stream', 'a web stream', { status: 200, body: 'one two' }),
  innocent('koa-web-response', 'a fetch Response', { status: 203, body: 'from elsewhere', headers: { 'X-Web': '1' } }),
  innocent('koa-blob', 'a Blob', { status: 200, body: 'in a blob' }),
  innocent('koa-async-local-storage', 'an app in an app, with its own storage', { status: 200, body: 'true' }),
]

const gzip = { 'Accept-Encoding': 'gzip' }
const posted = (body: string) => ({
  ask: { method: 'POST', headers: { 'Content-Type': 'application/json' }, body },
})

export const innocentKoaLibraries = [
  innocent('koa-compress', 'koa-compress', {
    ...from('/', gzip),
    status: 200,
    headers: { 'Content-Encoding': 'gzip' },
  }),
  innocent('koa-compress-outside', 'koa-compress in front of the guard', {
    ...from('/', gzip),
    status: 200,
    headers: { 'Content-Encoding': 'gzip' },
  }),
  innocent('koa-session', 'koa-session', { ...json(200, { views: 1 }), headers: { 'Set-Cookie': /koa\.sess/ } }),
  innocent('koa-static', 'koa-static', { ...from('/page.txt'), status: 200, body: /^The quick brown fox/ }),
  innocent('koa-static-miss', 'koa-static passes on', { ...from('/absent'), status: 404, body: 'no such page' }),
  innocent('koa-conditional-get', 'koa-conditional-get and koa-etag around koa-static', {
    ...from('/page.txt', { 'If-None-Match': '*' }),
    status: 304,
  }),
  innocent('koa-etag-fresh', 'koa-conditional-get and koa-etag', {
    ...from('/', { 'If-None-Match': '*' }),
    status: 304,
  }),
  innocent('koa-mount', 'koa-mount', { ...from('/blog/posts/3'), ...json(200, { post: '3' }) }),
  innocent('koa-guard-in-mounted-app', 'the guard in a mounted app', {
    ...from('/blog/x'),
    status: 200,
    body: '<mounted>',
  }),
  innocent('koa-bodyparser', 'koa-bodyparser', { ...posted('{"a":1}'), ...json(200, { a: 1 }) }),
  innocent('koa-bodyparser-broken', 'koa-bodyparser refuses', { ...posted('{"a":'), status: 400 }),
]
