import type { Operation, ResponseState } from './state.ts'

/** What can go wrong with a response. `docs/violations.md` has a section for each. */
export const VIOLATION_KINDS = [
  'double-response',
  'late-header',
  'late-status',
  'write-after-end',
  'next-after-response',
  'next-called-twice',
  'error-after-response',
  'truncated-response',
  'no-response',
  'body-overwritten',
  'length-mismatch',
  'body-not-allowed',
  'response-after-close',
] as const

/** One kind of violation. */
export type ViolationKind = (typeof VIOLATION_KINDS)[number]

/** Why it happened, as far as facts can tell; `unknown` is an honest answer. In order of preference. */
export const CAUSES = [
  'disconnected-client',
  'send-and-return',
  'loop',
  'stream',
  'chained-send',
  'duplicate-catch',
  'next-after-send',
  'missing-return',
  'middleware-order',
  'timeout',
  'missing-await',
  'late-callback',
  'forgotten-response',
  'unknown',
] as const

/** One likely cause of a violation. */
export type Cause = (typeof CAUSES)[number]

/** What is done about a violation, from the mildest to the strictest. */
export const ACTIONS = ['off', 'report', 'suppress', 'throw'] as const

/** One action of a rule. */
export type Action = (typeof ACTIONS)[number]

/** What becomes of an action where there is no call to throw at. */
export function unthrown<A extends Action>(action: A): Exclude<A, 'throw'> | 'report' {
  return action === 'throw' ? 'report' : (action as Exclude<A, 'throw'>)
}

/** What becomes of an action where nothing can be held back. */
export function onlyReported<A extends Action>(action: A): Extract<A, 'off'> | 'report' {
  return action === 'off' ? (action as Extract<A, 'off'>) : 'report'
}

/** The frameworks that the guard knows. */
export const FRAMEWORKS = ['express', 'koa', 'fastify', 'node'] as const

/** What a guard is installed on. */
export type Framework = (typeof FRAMEWORKS)[number]

/** A place in the application's source. Lines and columns count from 1; `file` is an absolute path. */
export interface CallSite {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly functionName?: string
}

/** One operation on a response: what it was, where it was made, and when. */
export interface OperationRecord {
  /** The public call, as the application wrote it: `res.json`, `next`, `pipe`. */
  readonly operation: string
  /** The first frame of the application; undefined where it was not traced or there is none. */
  readonly site: CallSite | undefined
  /** Milliseconds since the request arrived. */
  readonly atMs: number
  /** The response's status at that time. */
  readonly statusCode?: number
}

/** One mistake, explained. Plain data: it survives `JSON.stringify`, and holds nothing of the request's content. */
export interface Violation {
  readonly kind: ViolationKind
  /** Stable, for logs and alerts: `RESPOND_ONCE_DOUBLE_RESPONSE`. */
  readonly code: string
  readonly action: Exclude<Action, 'off'>
  readonly cause: Cause
  /** One line: route, both operations, both places. */
  readonly message: string
  /** What to change, and where. */
  readonly hint: string
  readonly framework: Framework
  readonly method: string
  /** The route pattern (`/users/:id`), never the URL; undefined where no route matched. */
  readonly route: string | undefined
  /** The response's state when the second operation was attempted. */
  readonly state: ResponseState
  /** The operation that settled matters. */
  readonly first: OperationRecord | undefined
  /** The operation that came too late. */
  readonly second: OperationRecord | undefined
  /** Equal for the same mistake, across processes and deploy paths. */
  readonly fingerprint: string
}

/** The kind of violation that an operation is where the table of states has no cell for it. */
export const BREACHES: { readonly [O in Operation]?: ViolationKind } = {
  header: 'late-header',
  status: 'late-status',
  inform: 'late-header',
  head: 'double-response',
  write: 'write-after-end',
  pipe: 'double-response',
  last: 'double-response',
  answer: 'double-response',
}

/** The stable code of a kind: `double-response` is `RESPOND_ONCE_DOUBLE_RESPONSE`. */
export function codeOf(kind: ViolationKind): string {
  return `RESPOND_ONCE_${kind.toUpperCase().replaceAll('-', '_')}`
}

/**
 * Thrown at the offending call where the policy says `throw`.
 * `cause` is the error that Node or the framework would have raised, so that code which looks for
 * `ERR_HTTP_HEADERS_SENT` still finds it.
 */
export class ResponseViolationError extends Error {
  override readonly name = 'ResponseViolationError'
  readonly code: string
  readonly violation: Violation

  constructor(violation: Violation, cause?: unknown) {
    super(violation.message, cause === undefined ? undefined : { cause })
    this.code = violation.code
    this.violation = violation
  }
}

/** How many characters of a fingerprint say its kind. */
const KIND_LENGTH = 2

/** What the fingerprints of a kind begin with, so that an exemption can be held against a locked rule. */
export function fingerprintPrefixOf(kind: ViolationKind): string {
  return VIOLATION_KINDS.indexOf(kind).toString(16).padStart(KIND_LENGTH, '0')
}

/** What a fingerprint looks like. One that begins with no kind is no violation's. */
export const FINGERPRINT: RegExp = new RegExp(`^(?:${VIOLATION_KINDS.map(fingerprintPrefixOf).join('|')})[0-9a-f]{14}$`)

/** The kind of the violation that has this fingerprint; undefined where it is none of ours. */
export function kindOfFingerprint(fingerprint: string): ViolationKind | undefined {
  if (!FINGERPRINT.test(fingerprint)) return undefined
  return VIOLATION_KINDS[Number.parseInt(fingerprint.slice(0, KIND_LENGTH), 16)]
}
