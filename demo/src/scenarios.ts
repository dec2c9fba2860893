export interface Scenario {
  readonly title: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** What the author of the handler overlooked. What came of it is observed, never written here. */
  readonly mistake: string
}

export const scenarios: readonly Scenario[] = [
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

/** Requests without a mistake: the guard must change nothing about them. */
export const healthy: readonly Scenario[] = [
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
