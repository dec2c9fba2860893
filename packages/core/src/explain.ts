import { relative } from 'node:path'
import type { Words } from './host.ts'
import type { CallSite, OperationRecord, Violation, ViolationKind } from './violation.ts'

/** A violation before its words are found. */
export type Draft = Omit<Violation, 'message' | 'hint' | 'fingerprint'>

/** What else is known of the two places. */
export interface Clues {
  /** The package that made the first operation, where no code of the application did. */
  readonly firstPackage: string | undefined
  readonly secondPackage: string | undefined
  /** Where the function that reached both had called what made the first operation; undefined where it made it itself. */
  readonly parting: CallSite | undefined
  /** Why the first place may not be known: it was not traced, but will be the next time, or never is. */
  readonly untraced: 'until-next' | 'never' | undefined
  /** The handler that was called last, where nobody has answered. */
  readonly handler?: string | undefined
  /** What the framework calls things, where it is not as Node does. */
  readonly words?: Partial<Words> | undefined
}

/** Names and paths come from the application: keep control characters out of logs and terminals. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_C}\u200b\ufeff]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** `routes/users.ts`, relative to the working directory where it is below it. */
export function shortFileOf({ file }: Pick<CallSite, 'file'>): string {
  const path = relative(process.cwd(), file)
  return printable(path === '' || path.startsWith('..') ? file : path)
}

/** `routes/users.ts:16:7`. */
export function placeOf(site: CallSite | undefined): string {
  return site === undefined ? 'a place that was not traced' : `${shortFileOf(site)}:${site.line}:${site.column}`
}

/** ` at routes/users.ts:16:7`, ` in connect-timeout`, or nothing. */
function where(site: CallSite | undefined, packageName: string | undefined): string {
  if (site !== undefined) return ` at ${placeOf(site)}`
  return packageName === undefined ? '' : ` in ${printable(packageName)}`
}

/** What the first operation did, where it did not answer. */
const VERBS: { readonly [K in ViolationKind]?: string } = {
  'next-called-twice': 'already passed on by',
  'truncated-response': 'the body was begun by',
  'length-mismatch': 'the length was given by',
  'body-overwritten': 'the body was already given by',
}

function answered({ kind }: Draft, { operation, statusCode, site }: OperationRecord, packageName?: string): string {
  const status = statusCode === undefined ? '' : ` (${statusCode})`
  return `${VERBS[kind] ?? 'already answered by'} ${operation}${status}${where(site, packageName)}`
}

/** `GET /users/:id`, or the method alone. */
export function requestOf({ method, route }: Pick<Violation, 'method' | 'route'>): string {
  return printable(route === undefined ? method : `${method} ${route}`)
}

/** How long after the first operation the second came. */
export function timeBetween(first: OperationRecord, second: OperationRecord): string {
  return `${(second.atMs - first.atMs).toFixed(1)} ms`
}

/** One line: what, where, against what, how long after, why. */
export function messageOf(draft: Draft, { firstPackage, secondPackage, handler }: Clues): string {
  const { kind, first, second, cause } = draft
  const facts: string[] = []
  if (handler !== undefined) facts.push(`last in ${printable(handler)}`)
  if (second !== undefined) {
    const by = kind === 'no-response' ? 'reached by ' : ''
    facts.push(`${by}${second.operation}${where(second.site, secondPackage)}`)
  }
  if (first !== undefined) facts.push(answered(draft, first, firstPackage))
  if (first !== undefined && second !== undefined) facts.push(`${timeBetween(first, second)} earlier`)
  return `${kind} on ${requestOf(draft)}${facts.length === 0 ? '' : `: ${facts.join(', ')}`} (${cause})`
}
