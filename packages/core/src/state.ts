/**
 * The life of one response, as a table. This file imports nothing.
 *
 * The rules, read from the cells:
 * - a state only moves forward: idle, headers-set, headers-sent, finished;
 * - a missing cell is a violation, and `violation.ts` names it;
 * - 1xx responses and trailers change nothing;
 * - a bare `end()` and a flush are idempotent, as they are in Node;
 * - `finish` and `close` are read off Node after the fact, where nothing can be refused: they have a cell in every state.
 */

/** The states, in the order in which a response passes through them. */
export const STATES = ['idle', 'headers-set', 'headers-sent', 'finished'] as const

/** Where a response stands. It only moves forward. */
export type ResponseState = (typeof STATES)[number]

/**
 * What can be done to a response:
 * `header` and `status` stage; `inform` is a 1xx response; `flush` sends staged headers if they are not out; `head` is
 * `writeHead`; `write` is a body chunk; `pipe` connects a stream; `last` is `end` with data, `end` is `end` without;
 * `answer` takes on the whole response (`res.json`, `res.sendFile`); `trailer` stages trailers; `finish` and `close` are
 * Node's events.
 */
export const OPERATIONS = [
  'header',
  'status',
  'inform',
  'flush',
  'head',
  'write',
  'pipe',
  'last',
  'end',
  'answer',
  'trailer',
  'finish',
  'close',
] as const

/** One kind of thing done to a response; see {@link OPERATIONS}. */
export type Operation = (typeof OPERATIONS)[number]

/** From a state, by an operation, to a state. A missing cell is a violation. */
export const TRANSITIONS: { readonly [S in ResponseState]: { readonly [O in Operation]?: ResponseState } } = {
  idle: {
    header: 'headers-set',
    status: 'headers-set',
    inform: 'idle',
    flush: 'headers-sent',
    head: 'headers-sent',
    write: 'headers-sent',
    pipe: 'idle',
    last: 'finished',
    end: 'finished',
    answer: 'idle',
    trailer: 'idle',
    finish: 'finished',
    close: 'finished',
  },
  'headers-set': {
    header: 'headers-set',
    status: 'headers-set',
    inform: 'headers-set',
    flush: 'headers-sent',
    head: 'headers-sent',
    write: 'headers-sent',
    pipe: 'headers-set',
    last: 'finished',
    end: 'finished',
    answer: 'headers-set',
    trailer: 'headers-set',
    finish: 'finished',
    close: 'finished',
  },
  'headers-sent': {
    flush: 'headers-sent',
    write: 'headers-sent',
    pipe: 'headers-sent',
    last: 'finished',
    end: 'finished',
    trailer: 'headers-sent',
    finish: 'finished',
    close: 'finished',
  },
  finished: {
    flush: 'finished',
    end: 'finished',
    trailer: 'finished',
    finish: 'finished',
    close: 'finished',
  },
}

/** The table's states and operations as numbers, for the request path. */
export const IDLE = 0
export const HEADERS_SET = 1
export const HEADERS_SENT = 2
export const FINISHED = 3

export const HEADER = 0
export const STATUS = 1
export const INFORM = 2
export const FLUSH = 3
export const HEAD = 4
export const WRITE = 5
export const PIPE = 6
export const LAST = 7
export const END = 8
export const ANSWER = 9
export const TRAILER = 10
export const FINISH = 11
export const CLOSE = 12

/** {@link TRANSITIONS} flattened: `STEPS[state * OPERATIONS.length + operation]` is the next state, or -1. */
export const STEPS: Int8Array = Int8Array.from(
  STATES.flatMap((state) => OPERATIONS.map((operation) => STATES.indexOf(TRANSITIONS[state][operation] as never))),
)

/** The next state by number, or -1 where the table has no cell. */
export function step(state: number, operation: number): number {
  return STEPS[state * 13 + operation] as number
}
