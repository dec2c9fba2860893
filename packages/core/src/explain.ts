import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import {
  type CallSite,
  type Cause,
  fingerprintPrefixOf,
  type OperationRecord,
  type Violation,
  type ViolationKind,
} from './violation.ts'

/** What to change, per cause; `here` is the first place, `there` the second. */
const HINTS: { readonly [C in Cause]: (here: string, there: string, violation: Draft) => string } = {
  'disconnected-client': (_here, there) => `the client had gone; stop the work on its 'close' event before ${there}`,
  'send-and-return': (here) => `send at ${here} or return a value, not both`,
  loop: (here) => `${here} runs more than once for one request: answer after the loop, or leave it with \`return\``,
  stream: (here, there) =>
    `the body is sent by the stream of ${here}: use pipeline() and in its callback destroy the response, do not answer again at ${there}`,
  'chained-send': (here, there) =>
    `${here} has already answered: use \`res.status(code)\` there, or remove the call at ${there}`,
  'duplicate-catch': (here, there) =>
    `what fails after ${here} is caught and answered again at ${there}: send after the try block, or check res.headersSent in the catch`,
  'next-after-send': (here) => `do not call next() after the response at ${here}: add \`return\` there`,
  'missing-return': (here, _there, { first }) =>
    `add \`return\` before ${first?.operation ?? 'the first call'} at ${here}, or an \`else\``,
  'middleware-order': (_here, there) =>
    `the inner handler has sent its headers when ${there} runs: set this before next(), or in an on-headers listener`,
  timeout: (here, there) =>
    `the timeout at ${here} had answered: check for it before ${there}, and stop the work when it fires`,
  'missing-await': (_here, there) => `\`await\` what leads to ${there}, so that it answers in time`,
  'late-callback': (here, there) =>
    `${there} runs later than ${here}: answer in one of them only, or check res.headersSent before the later one`,
  'forgotten-response': () => 'answer on every path of the handler, or call next()',
  unknown: (here, there) => `answer only once: see ${here} and ${there}`,
}

/** Hints that the kind decides, whatever the cause. */
const KIND_HINTS: { readonly [K in ViolationKind]?: (here: string, there: string, violation: Draft) => string } = {
  'late-status': (here, there) => `the response at ${here} has fixed its status: set it before, instead of at ${there}`,
  'late-header': (here, there) =>
    `the response at ${here} has sent its headers: set this one before, or in an on-headers listener, instead of at ${there}`,
  'next-after-response': (here, there, { second }) =>
    second?.operation === 'return'
      ? `return the reply from the hook, after the response at ${here}: nothing of the route is to run then`
      : `remove ${second?.operation}() at ${there}, or add \`return\` to the response at ${here}`,
  'next-called-twice': (here, there, { first }) =>
    `${first?.operation ?? 'next'}() was already called at ${here}: add \`return\` there, so that ${there} is not reached`,
  'error-after-response': (here, there) =>
    `the response at ${here} is out when ${there} fails: respond last, or handle the error where it happens`,
  'truncated-response': (here) =>
    `the body begun at ${here} was never completed: on failure destroy the response, so that the client sees it`,
  'no-response': () => 'answer on every path of the handler, or call next()',
  'length-mismatch': () => 'do not set Content-Length by hand, or set it from Buffer.byteLength(body)',
  'body-not-allowed': (_here, there) => `a 204 or 304 has no body: remove it, or change the status, at ${there}`,
}

/** A violation before its words are found. */
export type Draft = Omit<Violation, 'message' | 'hint' | 'fingerprint'>

/** Names and paths come from the application: keep control characters out of logs and terminals. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_C}]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** `routes/users.ts:16:7`, relative to the working directory where it is below it. */
export function placeOf(site: CallSite | undefined): string {
  if (site === undefined) return 'a place that was not traced'
  const path = relative(process.cwd(), site.file)
  return printable(`${path === '' || path.startsWith('..') ? site.file : path}:${site.line}:${site.column}`)
}

function described(operation: OperationRecord | undefined): string {
  if (operation === undefined) return 'nothing'
  return operation.site === undefined ? operation.operation : `${operation.operation} at ${placeOf(operation.site)}`
}

/** What the first operation did, where it did not answer. */
const VERBS: { readonly [K in ViolationKind]?: string } = {
  'next-called-twice': 'already passed on by',
  'truncated-response': 'the body was begun by',
  'length-mismatch': 'the length was given by',
}

/** One line: what, where, against what, how long after, why. */
export function messageOf(draft: Draft): string {
  const { kind, method, route, first, second, cause } = draft
  const on = route === undefined ? method : `${method} ${route}`
  const parts = [`${kind} on ${printable(on)}`]
  if (second !== undefined) parts.push(`: ${described(second)}`)
  if (first !== undefined) {
    const status = first.statusCode === undefined ? '' : ` (${first.statusCode})`
    const place = first.site === undefined ? '' : ` at ${placeOf(first.site)}`
    parts.push(
      `${second === undefined ? ':' : ','} ${VERBS[kind] ?? 'already answered by'} ${first.operation}${status}${place}`,
    )
    if (second !== undefined) parts.push(`, ${(second.atMs - first.atMs).toFixed(1)} ms earlier`)
  }
  return `${parts.join('')} (${cause})`
}

/** What to change, and where. */
export function hintOf(draft: Draft): string {
  const [here, there] = [placeOf(draft.first?.site), placeOf(draft.second?.site)]
  return (KIND_HINTS[draft.kind] ?? HINTS[draft.cause])(here, there, draft)
}

const packageRoots = new Map<string, string>()

/** The nearest folder above with a package.json, so that a fingerprint does not know the deploy path. */
function packageRootOf(directory: string): string {
  const known = packageRoots.get(directory)
  if (known !== undefined) return known
  const parent = dirname(directory)
  const root = parent === directory || existsSync(join(directory, 'package.json')) ? directory : packageRootOf(parent)
  if (packageRoots.size < 1000) packageRoots.set(directory, root)
  return root
}

function identityOf(operation: OperationRecord | undefined): string {
  const { site } = operation ?? {}
  const file = site === undefined ? '' : relative(packageRootOf(dirname(site.file)), site.file).replaceAll('\\', '/')
  return `${operation?.operation ?? ''}|${file}|${site?.functionName ?? ''}`
}

/** From kind, cause, operations, package-relative files and function names: no line, no absolute path. */
export function fingerprintOf({
  kind,
  cause,
  first,
  second,
}: Pick<Violation, 'kind' | 'cause' | 'first' | 'second'>): string {
  const identity = [kind, cause, identityOf(first), identityOf(second)].join('\n')
  return fingerprintPrefixOf(kind) + createHash('sha256').update(identity).digest('hex').slice(0, 14)
}
