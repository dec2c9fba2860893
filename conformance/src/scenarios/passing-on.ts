import { closed, dies, diesOverHttp2, faulty, type Outcome, thrownInHandler } from './scenario.ts'

const json = (status: number, value: unknown): Outcome => ({ status, body: JSON.stringify(value) })
const whoAreYou = json(401, { error: 'who are you?' })
const ordered = json(201, { ok: true })
const post = { method: 'POST', path: '/orders?token=hush' }

export const passingOn = [
  faulty('next-after-send', 'next() after the answer, and nobody follows', {
    ask: { path: '/health?token=hush' },
    told: { kind: 'next-after-response' },
    answer: json(200, { up: true }),
    native: {},
    thrown: { express: thrownInHandler },
  }),
  faulty('next-after-send-async', 'next() after the answer of an async handler', {
    ask: { path: '/users/7?token=hush' },
    told: { kind: 'next-after-response' },
    answer: json(404, { error: 'no such user' }),
    native: {},
    thrown: { express4: dies('RESPOND_ONCE_NEXT_AFTER_RESPONSE'), express5: thrownInHandler },
  }),
  faulty('next-into-second-send', 'a refusal passes on to the protected handler', {
    ask: { path: '/secret?token=hush' },
    told: { kind: 'next-after-response' },
    answer: { ...whoAreYou, notes: ['protected handler ran'] },
    native: { any: closed },
    thrown: { express: { ...thrownInHandler, notes: [] } },
  }),
  faulty('next-into-async-send', 'a refusal passes on to an async handler that answers later', {
    ask: { path: '/secret?token=hush' },
    told: { kind: 'next-after-response' },
    answer: whoAreYou,
    native: { express4: dies('ERR_HTTP_HEADERS_SENT'), express5: closed },
    thrown: { express: thrownInHandler },
  }),
  faulty('param-answers-and-continues', 'a param handler refuses and passes on', {
    ask: { path: '/users/7?token=hush' },
    told: { kind: 'next-after-response' },
    answer: json(400, { error: 'bad id' }),
    native: { any: closed },
  }),
  faulty('next-twice-around-auth', 'next() twice in front of an async check', {
    ask: { path: '/admin?token=hush' },
    told: { kind: 'next-called-twice', cause: 'missing-return' },
    answer: whoAreYou,
    native: { any: { status: 200, body: '{"secret":42}', notes: ['protected handler ran'] } },
    thrown: {
      express: { status: 500, body: /next-called-twice/, notes: [] },
      fastify: { status: 500, body: /next-called-twice/, notes: [] },
    },
  }),
  faulty('next-twice-async-handler', 'next() twice in front of an async handler', {
    ask: { path: '/users/1?token=hush' },
    told: { kind: 'next-called-twice', cause: 'missing-return' },
    answer: json(200, { user: { id: '1', name: 'Ada' } }),
    native: { any: { status: 404, body: /Cannot GET/ } },
    thrown: { express: { status: 500, body: /next-called-twice/, notes: [] } },
  }),
  faulty('next-twice-callback', 'next handed to a timer as well', {
    ask: { path: '/users/1?token=hush' },
    told: { kind: 'next-called-twice', second: 'any' },
    answer: { ...json(200, { id: '1' }), notes: ['handler ran'] },
    native: {},
  }),
  faulty('next-with-error-after-send', 'next(error) after the answer', {
    ask: post,
    told: { kind: 'error-after-response' },
    answer: { ...ordered, notes: ['logged mail refused'] },
    native: { any: closed },
  }),
  faulty('throw-after-send', 'a throw after the answer', {
    ask: post,
    told: { kind: 'error-after-response' },
    answer: ordered,
    native: { express: closed, http: dies('mail refused'), http2: diesOverHttp2('mail refused') },
  }),
  faulty('throw-after-send-async', 'an async handler rejects after its answer', {
    ask: post,
    told: { kind: 'error-after-response' },
    answer: ordered,
    native: {
      express4: dies('mail refused'),
      express5: closed,
      http: dies('mail refused'),
      http2: diesOverHttp2('mail refused'),
    },
  }),
  faulty('throw-after-send-logged', 'a throw after the answer, in front of an error handler that forwards it', {
    ask: post,
    told: { kind: 'error-after-response' },
    answer: { ...ordered, notes: ['logged mail refused'] },
    native: { any: closed },
  }),
  faulty('duplicate-catch', 'a catch answers although its try has', {
    ask: post,
    told: { kind: 'double-response', cause: 'duplicate-catch' },
    answer: ordered,
    native: { express: closed, http: dies('ERR_HTTP_HEADERS_SENT'), http2: diesOverHttp2('ERR_HTTP2_HEADERS_SENT') },
  }),
  faulty('duplicate-catch-async', 'a catch answers although its try has, after an await', {
    ask: post,
    told: { kind: 'double-response', cause: 'duplicate-catch' },
    answer: ordered,
    native: {
      express4: dies('ERR_HTTP_HEADERS_SENT'),
      express5: closed,
      http: dies('ERR_HTTP_HEADERS_SENT'),
      http2: diesOverHttp2('ERR_HTTP2_HEADERS_SENT'),
    },
  }),
  faulty('duplicate-catch-chain', 'a .catch answers although its .then has', {
    ask: { path: '/users/1?token=hush' },
    told: { kind: 'double-response', cause: 'duplicate-catch' },
    answer: json(200, { found: true }),
    native: { fastify: {}, any: dies('ERR_HTTP_HEADERS_SENT') },
    thrown: { fastify: dies('RESPOND_ONCE_DOUBLE_RESPONSE') },
  }),
]
