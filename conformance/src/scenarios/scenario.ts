/** What a client asks for. Several asks use one connection, one after the other unless `pipelined`. */
export interface Ask {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Visit {
  readonly asks: readonly Ask[]
  readonly pipelined?: boolean
  /** The client hangs up this long after asking, by the server's clock: it is to have got what was asked. */
  readonly leaveAfterMs?: number
  /** The client begins to read this long after asking. */
  readonly readsAfterMs?: number
  /** How long a silent server is waited for before the exchange counts as hanging. */
  readonly patienceMs?: number
  /** How long late effects are waited for once the answer is whole. */
  readonly settleMs?: number
}

/**
 * `complete`: whole, connection kept. `closed`: whole, then the server closed. `cut`: closed before it was whole.
 * `hang`: neither whole nor closed. `left`: the client did not wait.
 */
export type Ending = 'complete' | 'closed' | 'cut' | 'hang' | 'left'

/** What the client and the operating system see of one visit. A missing member is not looked at. */
export interface Outcome {
  /** null: no answer arrived. */
  readonly status?: number | null
  readonly body?: string | RegExp
  /** null: the header must not be there. */
  readonly headers?: Readonly<Record<string, string | RegExp | null>>
  readonly ending?: Ending
  readonly alive?: boolean
  /** `code` (or name) of the error that nobody caught. */
  readonly uncaught?: string | RegExp
  /** What the program wrote down that its client cannot see. */
  readonly notes?: readonly string[]
  /** What is not looked at, because the contract leaves room. */
  readonly open?: readonly ('status' | 'headers' | 'body' | 'ending' | 'alive' | 'uncaught' | 'notes')[]
}

export type Kind =
  | 'double-response'
  | 'late-header'
  | 'late-status'
  | 'write-after-end'
  | 'next-after-response'
  | 'next-called-twice'
  | 'error-after-response'
  | 'truncated-response'
  | 'no-response'
  | 'body-overwritten'
  | 'length-mismatch'
  | 'body-not-allowed'
  | 'response-after-close'

export type Cause =
  | 'disconnected-client'
  | 'send-and-return'
  | 'loop'
  | 'stream'
  | 'chained-send'
  | 'duplicate-catch'
  | 'next-after-send'
  | 'missing-return'
  | 'middleware-order'
  | 'timeout'
  | 'missing-await'
  | 'late-callback'
  | 'forgotten-response'
  | 'unknown'

/** A place is the line that carries the mark `// @first` or `// @second`; `none`: there is no such place. */
export type Place = 'marked' | 'none' | 'any'

export interface Told {
  readonly kind: Kind
  /** Left out where the contract leaves room. */
  readonly cause?: Cause
  readonly first: Place
  readonly second: Place
}

/** A framework, or a family of versions that behave alike; `any` is what the others fall back to. */
export type Family =
  | 'express'
  | 'express4'
  | 'express5'
  | 'koa'
  | 'koa2'
  | 'koa3'
  | 'fastify'
  | 'fastify4'
  | 'fastify40'
  | 'fastify5'
  | 'http'
  | 'http2'
  | 'any'

export type PerFamily<T> = { readonly [family in Family]?: T }

interface Common {
  readonly id: string
  readonly title: string
  readonly visit: Visit
  /** What every action that saves the first answer must deliver; for an innocent, what every mode must deliver. */
  readonly answer: Outcome
  /** Where the plain framework differs from `answer`. */
  readonly native: PerFamily<Outcome>
}

export interface Innocent extends Common {
  readonly verdict: 'innocent'
}

export interface Faulty extends Common {
  readonly verdict: 'faulty'
  readonly told: readonly Told[]
  /** `told` may be told, nothing else may. */
  readonly atMost: boolean
  readonly toldByFamily: PerFamily<readonly Told[]>
  /** Where `suppress` differs from `answer`. */
  readonly suppressed: PerFamily<Outcome>
  /** Where `throw` differs from the plain framework. */
  readonly thrown: PerFamily<Outcome>
  /** The presets and their options, as the scenario needs them. */
  readonly rules: Rules
  readonly route?: string
}

/** Options of a rule; `enable` turns on in the gentler presets what they leave off. */
export type Rules = {
  readonly [kind in Kind]?: { readonly enable?: boolean; readonly options?: Record<string, unknown> }
}

export type Scenario = Innocent | Faulty

type InnocentRow = Partial<Visit> & { readonly ask?: Ask; readonly native?: PerFamily<Outcome> } & Outcome

const visitOf = (row: Partial<Visit> & { readonly ask?: Ask }): Visit => {
  const { pipelined, leaveAfterMs, readsAfterMs, patienceMs, settleMs } = row
  const named = Object.entries({ pipelined, leaveAfterMs, readsAfterMs, patienceMs, settleMs })
  return { asks: row.asks ?? [row.ask ?? {}], ...Object.fromEntries(named.filter(([, value]) => value !== undefined)) }
}

const usual: Outcome = { ending: 'complete', alive: true, notes: [] }

const outcomeOf = (row: Outcome): Outcome => {
  const { status, body, headers, ending, alive, uncaught, notes, open } = row
  const named = { status, body, headers, ending, alive, uncaught, notes, open }
  return { ...usual, ...Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined)) }
}

export const innocent = (id: string, title: string, row: InnocentRow): Innocent => ({
  verdict: 'innocent',
  id,
  title,
  visit: visitOf(row),
  answer: outcomeOf(row),
  native: row.native ?? {},
})

type FaultyRow = Partial<Visit> & {
  readonly ask?: Ask
  readonly told: (Partial<Told> & { readonly kind: Kind }) | readonly (Partial<Told> & { readonly kind: Kind })[]
  readonly toldByFamily?: PerFamily<readonly (Partial<Told> & { readonly kind: Kind })[]>
  readonly atMost?: boolean
  readonly answer: Outcome
  readonly native: PerFamily<Outcome>
  readonly suppressed?: PerFamily<Outcome>
  readonly thrown?: PerFamily<Outcome>
  readonly rules?: Rules
  readonly route?: string
}

const marked = (told: Partial<Told> & { readonly kind: Kind }): Told => ({ first: 'marked', second: 'marked', ...told })

export const faulty = (id: string, title: string, row: FaultyRow): Faulty => ({
  verdict: 'faulty',
  id,
  title,
  visit: visitOf({ ...row, ask: { path: '/?token=hush', ...row.ask } }),
  answer: outcomeOf(row.answer),
  told: [row.told].flat().map(marked),
  atMost: row.atMost ?? false,
  toldByFamily: Object.fromEntries(
    Object.entries(row.toldByFamily ?? {}).map(([family, told]) => [family, told.map(marked)]),
  ),
  native: row.native,
  suppressed: row.suppressed ?? {},
  thrown: row.thrown ?? {},
  rules: row.rules ?? {},
  ...(row.route === undefined ? {} : { route: row.route }),
})

const [nodeMajor = 0] = process.versions.node.split('.').map(Number)

/** What differs from one Node to the next: from `major` on it is `since`, before it `until`. */
export const sinceNode = <T>(major: number, since: T, until: T): T => (nodeMajor >= major ? since : until)

/** The whole answer got out and then the server closed the connection. */
export const closed: Outcome = { ending: 'closed' }

/** The process ends on an error that nobody caught. */
export const dies = (uncaught: string | RegExp, rest: Outcome = {}): Outcome => ({
  ending: 'closed',
  alive: false,
  uncaught,
  ...rest,
})

/** Frames that were on their way are lost or not, as the operating system likes. */
export const diesOverHttp2 = (uncaught: string | RegExp): Outcome =>
  dies(uncaught, { open: ['status', 'body', 'ending', 'notes'] })

/** The same on Fastify: it logs the error, and the answer stands. */
export const thrownInRoute: Outcome = { alive: true, ending: 'complete' }

/** Thrown in a handler whose answer is out: Express hears of it and closes the connection. */
export const thrownInHandler: Outcome = { alive: true, ending: 'closed' }

/** Koa hears of it, finds the headers sent, and leaves the answer as it is. */
export const thrownInMiddleware: Outcome = { alive: true, ending: 'complete' }

/** Thrown while the first answer is still being made: what becomes of that one is left open. */
export const whileFirstIsPending: Outcome = {
  alive: false,
  open: ['status', 'body', 'ending', 'alive', 'uncaught'],
}

/** Node's http2 ignores a second head once the stream has closed and throws before that: as the client's pace has it. */
export const eitherWayOverHttp2: Outcome = {
  alive: false,
  open: ['status', 'body', 'ending', 'alive', 'uncaught', 'notes'],
}
