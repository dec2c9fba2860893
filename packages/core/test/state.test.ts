import { once } from 'node:events'
import { OutgoingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NodeResponse } from '../src/adapter.ts'
import { lifecycleOf } from '../src/lifecycle.ts'
import { respondOnce, type ViolationKind } from '../src/node.ts'
import { recordOf } from '../src/record.ts'
import { ANSWER, OPERATIONS, type Operation, type ResponseState, STATES, STEPS, TRANSITIONS } from '../src/state.ts'
import { BREACHES, codeOf, VIOLATION_KINDS } from '../src/violation.ts'
import { close, dial, listen, requestText } from './wire.ts'

const cells = STATES.flatMap((state) => OPERATIONS.map((operation) => [state, operation] as const))

describe('the table', () => {
  it('is what the request path reads', () => {
    const flat = cells.map(([state, operation]) => STATES.indexOf(TRANSITIONS[state][operation] as ResponseState))
    expect([...STEPS]).toEqual(flat)
  })

  it('only moves forward', () => {
    for (const [state, operation] of cells) {
      const next = TRANSITIONS[state][operation]
      if (next !== undefined)
        expect(STATES.indexOf(next), `${state}, ${operation}`).toBeGreaterThanOrEqual(STATES.indexOf(state))
    }
  })

  it('has nothing beside the states and operations that it is made of', () => {
    expect(Object.keys(TRANSITIONS)).toEqual([...STATES])
    for (const state of STATES) expect(OPERATIONS).toEqual(expect.arrayContaining(Object.keys(TRANSITIONS[state])))
  })

  it('has a cell for the events of Node in every state', () => {
    for (const state of STATES) expect(TRANSITIONS[state]).toMatchObject({ finish: 'finished', close: 'finished' })
  })

  it('names a kind for every missing cell', () => {
    const missing = cells.filter(([state, operation]) => TRANSITIONS[state][operation] === undefined)
    expect(new Set(missing.map(([, operation]) => operation))).toEqual(new Set(Object.keys(BREACHES)))
    for (const kind of Object.values(BREACHES)) expect(VIOLATION_KINDS).toContain(kind)
  })

  it('has a stable code for every kind', () => {
    expect(VIOLATION_KINDS.map(codeOf)).toEqual([
      'RESPOND_ONCE_DOUBLE_RESPONSE',
      'RESPOND_ONCE_LATE_HEADER',
      'RESPOND_ONCE_LATE_STATUS',
      'RESPOND_ONCE_WRITE_AFTER_END',
      'RESPOND_ONCE_NEXT_AFTER_RESPONSE',
      'RESPOND_ONCE_NEXT_CALLED_TWICE',
      'RESPOND_ONCE_ERROR_AFTER_RESPONSE',
      'RESPOND_ONCE_TRUNCATED_RESPONSE',
      'RESPOND_ONCE_NO_RESPONSE',
      'RESPOND_ONCE_BODY_OVERWRITTEN',
      'RESPOND_ONCE_LENGTH_MISMATCH',
      'RESPOND_ONCE_BODY_NOT_ALLOWED',
      'RESPOND_ONCE_RESPONSE_AFTER_CLOSE',
    ])
  })
})

/** The rules in words, beside the table: a cell that was changed in both the guard and the table is seen here. */
function ruled(state: ResponseState, operation: Operation): ResponseState | undefined {
  const isOut = state === 'headers-sent' || state === 'finished'
  switch (operation) {
    case 'header':
    case 'status':
      return isOut ? undefined : 'headers-set'
    case 'inform':
    case 'answer':
      return isOut ? undefined : state
    case 'head':
      return isOut ? undefined : 'headers-sent'
    case 'write':
      return state === 'finished' ? undefined : 'headers-sent'
    case 'pipe':
      return state === 'finished' ? undefined : state
    case 'last':
      return state === 'finished' ? undefined : 'finished'
    case 'flush':
      return state === 'finished' ? 'finished' : 'headers-sent'
    case 'trailer':
      return state
    default:
      return 'finished'
  }
}

type Reach = (response: ServerResponse) => unknown

/** The ways into a state, by what an application calls. */
const REACH: { readonly [S in ResponseState]: readonly Reach[] } = {
  idle: [() => undefined],
  'headers-set': [(response) => response.setHeader('x-staged', '1'), (response) => (response.statusCode = 404)],
  'headers-sent': [
    (response) => response.flushHeaders(),
    (response) => response.writeHead(200),
    (response) => response.write('part'),
  ],
  finished: [(response) => response.end('first'), (response) => response.end()],
}

/** The public calls that are an operation. */
const PERFORM: { readonly [O in Operation]: readonly ((response: ServerResponse, client: Socket) => unknown)[] } = {
  header: [
    (response) => response.setHeader('x-late', '1'),
    (response) => response.appendHeader('x-late', '1'),
    (response) => response.removeHeader('x-staged'),
    (response) => response.setHeaders(new Map([['x-late', '1']])),
  ],
  status: [(response) => (response.statusCode = 418), (response) => (response.statusMessage = 'Teapot')],
  inform: [
    (response) => response.writeContinue(),
    (response) => response.writeProcessing(() => undefined),
    (response) => response.writeEarlyHints({ link: '</a.css>; rel=preload' }, () => undefined),
  ],
  flush: [(response) => response.flushHeaders()],
  head: [(response) => response.writeHead(201), (response) => response.writeHead(201, 'Made', ['x-a', '1'])],
  write: [(response) => response.write('chunk'), (response) => response.write(Buffer.from('chunk'))],
  pipe: [(response) => Readable.from(['piped']).pipe(response, { end: false })],
  last: [(response) => response.end('last'), (response) => response.end(Buffer.from('last'))],
  end: [(response) => response.end(), (response) => response.end('')],
  // The one operation that only frameworks have: what an adapter asks the guard.
  answer: [
    (response) => {
      const record = recordOf(response)
      return record?.guard.allow(response as NodeResponse, record, ANSWER, 'res.answer')
    },
  ],
  trailer: [(response) => response.addTrailers({ 'x-sum': '1' })],
  // Ended behind the guard's back: its event is the first that the guard hears of it.
  finish: [
    async (response) => {
      const finished = once(response, 'finish')
      Reflect.apply(OutgoingMessage.prototype.end, response, [])
      await finished
    },
  ],
  close: [
    async (response, client) => {
      const closed = once(response, 'close')
      client.destroy()
      await closed
    },
  ],
}

const EVENTS: ReadonlySet<Operation> = new Set(['finish', 'close'])

interface Arrived {
  readonly response: ServerResponse
  readonly client: Socket
}

const told: ViolationKind[] = []
let arrived: (response: ServerResponse) => void
let server: Awaited<ReturnType<typeof listen>>

async function arrive(): Promise<Arrived> {
  const response = new Promise<ServerResponse>((resolve) => {
    arrived = resolve
  })
  const client = dial(server)
  client.resume()
  client.write(requestText())
  return { response: await response, client }
}

beforeAll(async () => {
  const guarded = respondOnce((_request: unknown, response: ServerResponse) => arrived(response), {
    policy: 'observe',
    reporters: [],
    onViolation: ({ kind }) => told.push(kind),
  })
  server = await listen(guarded)
})

afterAll(() => close(server))

/** Brings a real response into a state, does one thing to it, and tells what came of it. */
async function walk(state: ResponseState, reach: Reach, perform: (typeof PERFORM)[Operation][number]) {
  const { response, client } = await arrive()
  // Under `report` Node does what it would have done: some of these throw, some emit an error.
  response.on('error', () => undefined)
  reach(response)
  expect(lifecycleOf(response)?.state).toBe(state)
  const before = told.length
  // An event is no call: nothing but waiting for it is in it.
  try {
    await perform(response, client)
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('ERR_HTTP_HEADERS_SENT')
  }
  const { state: after, outcome } = lifecycleOf(response) ?? {}
  const { headersSent, writableEnded, destroyed } = response
  // What is held back is told at the end of its turn; a pipe writes in a later one.
  for (let turns = 0; turns < 3; turns++) await turn()
  const kinds = told.slice(before)
  client.destroy()
  return { after, outcome, kinds, headersSent, isOver: writableEnded || destroyed }
}

describe.each(cells)('in %s, %s', (state, operation) => {
  it('is what the rules say, in the table and on a real response', async () => {
    const cell = TRANSITIONS[state][operation]
    expect(cell).toBe(ruled(state, operation))
    for (const reach of REACH[state]) {
      for (const perform of PERFORM[operation]) {
        const { after, outcome, kinds, headersSent, isOver } = await walk(state, reach, perform)
        expect(kinds).toEqual(cell === undefined ? [BREACHES[operation]] : [])
        expect(after).toBe(cell ?? state)
        // Node agrees: its own flags say the same.
        expect(isOver).toBe(after === 'finished')
        if (!EVENTS.has(operation)) expect(headersSent).toBe(after === 'headers-sent' || after === 'finished')
        else if (state !== 'finished') expect(outcome).toBe(operation === 'finish' ? 'completed' : 'aborted')
      }
    }
  })
})
