import { type Clues, type Draft, printable, shortFileOf } from './explain.ts'
import type { Words } from './host.ts'
import { type Quote, quoteAt } from './quote.ts'
import type { CallSite, Cause, OperationRecord, ViolationKind } from './violation.ts'

// What to change, in words of the code that is to be changed.

/** One of the two calls, as a hint names it. */
class Call {
  readonly #operation: string
  readonly #site: CallSite | undefined
  readonly #package: string | undefined
  readonly #quote: Quote | undefined

  constructor(operation: string, site: CallSite | undefined, packageName?: string) {
    this.#operation = operation
    this.#site = site
    this.#package = packageName
    this.#quote = site === undefined ? undefined : quoteAt(site)
  }

  /** Whether a `return` can be written before it. */
  get isStatement(): boolean {
    return this.#quote?.isStatement !== false
  }

  /** `res.status(401).json(…)` at routes/profile.ts:12 */
  toString(): string {
    const call = `\`${printable(this.#quote?.text ?? this.#operation)}\``
    if (this.#site !== undefined) return `${call} at ${shortFileOf(this.#site)}:${this.#site.line}`
    return this.#package === undefined ? call : `${call} in ${printable(this.#package)}`
  }
}

function callOf(operation: OperationRecord | undefined, packageName: string | undefined): Call {
  return new Call(operation?.operation ?? 'the response', operation?.site, packageName)
}

function returnBefore(here: Call): string {
  return here.isStatement ? `add \`return\` before ${here}` : `leave the function with \`return\` after ${here}`
}

function missingReturn(here: Call, _there: Call, _words: Words, { parting }: Clues): string {
  if (parting === undefined) return returnBefore(here)
  return `${here} has answered: leave the function after ${new Call('the call', parting)}`
}

const NODE_WORDS: Words = {
  sent: 'res.headersSent',
  status: 'res.statusCode',
  lastly: 'an on-headers listener',
  passes: undefined,
}

/** A handler that has passed control on has some word for it. */
const passing = ({ passes = 'next()' }: Words): string => passes

function answerOnEveryPath({ passes }: Words, { handler }: Clues): string {
  const path = `answer on every path of ${handler === undefined ? 'the handler' : `\`${printable(handler)}\``}`
  return passes === undefined ? path : `${path}, or call ${passes}`
}

type Advice = (here: Call, there: Call, words: Words, clues: Clues, draft: Draft) => string

/** By cause; `here` is the first call, `there` the second. */
const HINTS: { readonly [C in Cause]: Advice } = {
  'disconnected-client': (_here, there) =>
    `the client had gone: stop the work when the request's 'close' event comes, before ${there}`,
  'send-and-return': (here) => `send with ${here} or return a value, not both`,
  loop: (here) => `${here} runs more than once for one request: answer after the loop, or leave it with \`return\``,
  stream: (here, there) =>
    `the body is sent by the stream of ${here}: use pipeline(), and when it fails destroy the response instead of answering again with ${there}`,
  'chained-send': (here, there, { status }) =>
    `${here} has already answered: use \`${status}\` in its place, or remove the call of ${there}`,
  'duplicate-catch': (here, there, { sent }) =>
    `what fails after ${here} is caught, and answered again by ${there}: answer after the try block, or check \`${sent}\` in the catch`,
  'next-after-send': (here, _there, words) =>
    `do not call ${passing(words)} after ${here}: ${here.isStatement ? 'add `return` before it' : 'leave the function there'}`,
  'missing-return': missingReturn,
  'middleware-order': (_here, there, words) =>
    `the inner handler has answered when ${there} runs: do this before ${passing(words)}, or in ${words.lastly}`,
  timeout: (here, there) =>
    `the timeout that called ${here} had answered: check for it before ${there}, and stop the work when it fires`,
  'missing-await': (_here, there) => `\`await\` what leads to ${there}, so that it answers in time`,
  'late-callback': (here, there, { sent }) =>
    `${there} runs later than ${here}: answer in one of them only, or check \`${sent}\` before the later one`,
  'forgotten-response': (_here, _there, words, clues) => answerOnEveryPath(words, clues),
  unknown: (here, there) => `answer only once: see ${here} and ${there}`,
}

/** What the kind decides, whatever the cause. */
const KIND_HINTS: { readonly [K in ViolationKind]?: Advice } = {
  'late-status': (here, there) => `${here} has fixed the status: set it before, instead of with ${there}`,
  'late-header': (here, there, { lastly }) =>
    `${here} has sent the headers: set this one before, or in ${lastly}, instead of with ${there}`,
  'next-after-response': (here, there, _words, _clues, { second }) =>
    second?.operation === 'return'
      ? `return the reply from the hook, after ${here}: nothing of the route is to run then`
      : `remove ${there}, or ${returnBefore(here)}`,
  'next-called-twice': (here, there) => `${returnBefore(here)}, so that ${there} is not reached`,
  'error-after-response': (here, there) =>
    `the answer of ${here} is out when ${there} fails: respond last, or handle the error where it happens`,
  'truncated-response': (here) =>
    `the body begun by ${here} was never completed: on failure destroy the response, so that the client sees it`,
  'no-response': (_here, _there, words, clues) => answerOnEveryPath(words, clues),
  'length-mismatch': () => 'do not set Content-Length by hand, or set it from Buffer.byteLength(body)',
  'body-not-allowed': (_here, there) => `a 204 or 304 has no body: remove it, or change the status, at ${there}`,
}

const UNTRACED = {
  'until-next': 'the first place was not traced; the next report of this route names both places',
  never: "the first place is not traced: `trace: 'adaptive'` has it named",
} as const

/** What to change, and where. */
export function hintOf(draft: Draft, clues: Clues): string {
  const { kind, cause, first, second } = draft
  const advice = KIND_HINTS[kind] ?? HINTS[cause]
  const words = { ...NODE_WORDS, ...clues.words }
  const hint = advice(callOf(first, clues.firstPackage), callOf(second, clues.secondPackage), words, clues, draft)
  return clues.untraced === undefined ? hint : `${hint} (${UNTRACED[clues.untraced]})`
}
