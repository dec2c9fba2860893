/** The services: each a program of `services/`. */
export const FRAMEWORKS = ['express', 'koa', 'fastify'] as const

export type Framework = (typeof FRAMEWORKS)[number]

export const TITLES: { readonly [F in Framework]: string } = { express: 'Express', koa: 'Koa', fastify: 'Fastify' }

export interface Scenario {
  readonly framework: Framework
  readonly title: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** What the author of the handler overlooked. What came of it is observed, never written here. */
  readonly mistake: string
}

type Row = Omit<Scenario, 'framework'>

const inExpress: readonly Row[] = [
  {
    title: 'Missing return',
    method: 'GET',
    path: '/users/404',
    mistake: 'The handler answers "no such user" and runs on to its normal answer.',
  },
  {
    title: 'Both branches true',
    method: 'GET',
    path: '/catalog/photo',
    mistake: 'A client that accepts any image is sent the photo as WebP, and then as JPEG.',
  },
  {
    title: 'Send in a loop',
    method: 'GET',
    path: '/basket',
    mistake: 'Three items, three answers, each from an async function that nobody awaits.',
  },
  {
    title: 'Callback mixed with await',
    method: 'GET',
    path: '/orders/7/invoice',
    mistake: 'A callback answers as well as the code after await.',
  },
  {
    title: 'next() after send',
    method: 'GET',
    path: '/profile',
    mistake: 'The handler answers and passes control on, to the "not found" handler.',
  },
  {
    title: 'next() twice around an async login check',
    method: 'GET',
    path: '/admin/keys',
    mistake: 'Without a return, a middleware calls next() twice. The second call overtakes the login check.',
  },
  {
    title: 'Duplicate catch',
    method: 'POST',
    path: '/users',
    mistake: 'Something fails after the answer, and the catch block answers again.',
  },
  {
    title: 'Header after send',
    method: 'GET',
    path: '/reports/today',
    mistake: 'A timing header is set when the response has finished.',
  },
  {
    title: 'sendStatus().json()',
    method: 'POST',
    path: '/orders',
    mistake: 'sendStatus() is a whole answer already.',
  },
  {
    title: 'A timer that answers first',
    method: 'GET',
    path: '/reports/visitors',
    mistake: 'A timeout answers 503, and nothing stops the slow work from answering too.',
  },
  {
    title: 'A stream that fails half way',
    method: 'GET',
    path: '/reports/week',
    mistake: 'The error listener answers 500 when half of the file is on its way.',
  },
  {
    title: 'Error handler that only checks headersSent',
    method: 'GET',
    path: '/reports/users',
    mistake: 'if (res.headersSent) return: nobody ends the half-written body.',
  },
  {
    title: 'A late status',
    method: 'POST',
    path: '/orders/7/pay',
    mistake: 'The status is set after the answer, so no client ever sees it.',
  },
  {
    title: 'A compressed double send',
    method: 'GET',
    path: '/catalog',
    headers: { 'accept-encoding': 'gzip' },
    mistake: 'The first answer is still inside gzip when the second one fails.',
  },
]

const inKoa: readonly Row[] = [
  {
    title: 'A refusal that falls through',
    method: 'GET',
    path: '/notes/private',
    mistake: 'The handler refuses, and without a return goes on to the secret. Koa sends what was assigned last.',
  },
  {
    title: 'A missing await',
    method: 'GET',
    path: '/notes/shared',
    mistake: 'A middleware calls next() without await. Koa answers 404 before the handler has its note.',
  },
  {
    title: 'A promise that nobody awaits',
    method: 'GET',
    path: '/notes/today',
    mistake: 'The body is assigned in a .then() when the answer has long gone out. Koa drops it.',
  },
  {
    title: 'next() twice',
    method: 'GET',
    path: '/notes/first',
    mistake: 'Without a return, a middleware calls next() twice. Koa refuses the second, and the good answer with it.',
  },
  {
    title: 'An error after the answer',
    method: 'GET',
    path: '/notes/audited',
    mistake: 'The handler has ended the response by hand, and fails afterwards.',
  },
]

const inFastify: readonly Row[] = [
  {
    title: 'A hook that refuses without return',
    method: 'GET',
    path: '/orders/keys',
    mistake: 'A preHandler sends 401 and does not return reply. While an onSend hook works, the handler runs.',
  },
  {
    title: 'Sent, and returned as well',
    method: 'GET',
    path: '/orders/latest',
    mistake: 'An async handler sends its answer, and returns another one.',
  },
  {
    title: 'A callback that answers again',
    method: 'GET',
    path: '/orders/invoice',
    mistake: 'The handler says 202, and the callback sends the invoice all the same.',
  },
  {
    title: 'A late code',
    method: 'GET',
    path: '/orders/paid',
    mistake: 'The code is set after the answer, so no client ever sees it.',
  },
]

const by = (framework: Framework, rows: readonly Row[]): readonly Scenario[] =>
  rows.map((row) => ({ framework, ...row }))

export const scenarios: readonly Scenario[] = [
  ...by('express', inExpress),
  ...by('koa', inKoa),
  ...by('fastify', inFastify),
]

const healthyExpress: readonly Row[] = [
  { title: 'JSON', method: 'GET', path: '/users/1', mistake: '' },
  {
    title: 'gzip',
    method: 'GET',
    path: '/catalog/featured',
    headers: { 'accept-encoding': 'gzip' },
    mistake: '',
  },
  { title: 'not found', method: 'GET', path: '/nowhere', mistake: '' },
  {
    title: 'logged in',
    method: 'GET',
    path: '/admin/keys',
    headers: { cookie: 'session=ada', 'accept-language': 'en' },
    mistake: '',
  },
]

const loggedIn = { cookie: 'session=ada', 'accept-language': 'en' }

/** Requests without a mistake: the guard must change nothing about them. */
export const healthy: readonly Scenario[] = [
  ...by('express', healthyExpress),
  ...by('koa', [
    { title: 'a note', method: 'GET', path: '/notes/first', headers: loggedIn, mistake: '' },
    { title: 'not found', method: 'GET', path: '/nowhere', mistake: '' },
  ]),
  ...by('fastify', [
    { title: 'logged in', method: 'GET', path: '/orders/keys', headers: loggedIn, mistake: '' },
    { title: 'not found', method: 'GET', path: '/nowhere', mistake: '' },
  ]),
]
