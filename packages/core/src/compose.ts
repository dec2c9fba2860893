import { type Clues, type Draft, messageOf } from './explain.ts'
import { fingerprintOf } from './fingerprint.ts'
import { type Frame, siteOf } from './frame.ts'
import { hintOf } from './hint.ts'
import type { GuardedResponse, Host } from './host.ts'
import type { Attempt } from './judge.ts'
import { type Moment, operationOf } from './moment.ts'
import { millisecondsBetween, now, type ResponseRecord } from './record.ts'
import { codeOf, type Violation } from './violation.ts'

/** Over http2 a client may send any text as a method. */
const METHODS =
  /^(ACL|BIND|CHECKOUT|CONNECT|COPY|DELETE|GET|HEAD|LINK|LOCK|M-SEARCH|MERGE|MKACTIVITY|MKCALENDAR|MKCOL|MOVE|NOTIFY|OPTIONS|PATCH|POST|PROPFIND|PROPPATCH|PURGE|PUT|QUERY|REBIND|REPORT|SEARCH|SOURCE|SUBSCRIBE|TRACE|UNBIND|UNLINK|UNLOCK|UNSUBSCRIBE)$/

/** The request's method; `_OTHER` for one that no standard knows. */
export function methodOf({ req }: GuardedResponse): string {
  const method = req?.method ?? ''
  return method === '' || METHODS.test(method) ? method : '_OTHER'
}

/**
 * The package that made an operation, where no code of the application is on the stack. The framework's own methods, and
 * the packages that those use, come before it.
 */
function packageOf(host: Host, frames: readonly Frame[]): string | undefined {
  if (siteOf(frames) !== undefined) return undefined
  const router = frames.findIndex((frame) => host.isFramework(frame))
  const inside = router === -1 ? frames : frames.slice(0, router)
  const method = inside.findLastIndex((frame) => host.methodOf(frame) !== undefined)
  return inside.slice(method + 1).find(({ owner }) => owner === 'package')?.packageName
}

function cluesOf(
  host: Host,
  record: ResponseRecord,
  { kind, first, second, parting }: Attempt,
  untraced: Clues['untraced'],
): Clues {
  const isUntraced = first !== undefined && first.trace === undefined && first.frames.length === 0
  return {
    firstPackage: packageOf(host, first?.frames ?? []),
    secondPackage: packageOf(host, second?.frames ?? []),
    parting,
    untraced: isUntraced ? untraced : undefined,
    handler: kind === 'no-response' ? host.handlerOf?.(record) || undefined : undefined,
    words: host.words,
  }
}

function recordOfMoment(record: ResponseRecord, moment: Moment | undefined) {
  return moment === undefined ? undefined : operationOf(record, moment)
}

/** A violation with its words, and what else was known of it. */
export interface Composed {
  readonly violation: Violation
  readonly clues: Clues
}

/** Makes data with words of a violation. */
export function compose(
  host: Host,
  response: GuardedResponse,
  record: ResponseRecord,
  attempt: Attempt,
  untraced: Clues['untraced'],
): Composed {
  const { kind, first, second, cause, action, state } = attempt
  const draft: Draft = {
    kind,
    code: codeOf(kind),
    action,
    cause,
    framework: host.framework,
    method: methodOf(response),
    route: host.routeOf(response, record),
    state,
    first: recordOfMoment(record, first),
    second: recordOfMoment(record, second),
  }
  const clues = cluesOf(host, record, attempt, untraced)
  const words = { message: messageOf(draft, clues), hint: hintOf(draft, clues), fingerprint: fingerprintOf(draft) }
  return { violation: { ...draft, ...words }, clues }
}

/** The same mistake, made again: what differs from time to time is that of now. */
export function retell(
  host: Host,
  response: GuardedResponse,
  record: ResponseRecord,
  { violation, clues }: Composed,
): Violation {
  const { first, second } = violation
  const since = (at: number) => millisecondsBetween(record.arrivedAt, at)
  const again = {
    ...violation,
    method: methodOf(response),
    route: host.routeOf(response, record),
    first: first && { ...first, atMs: since(record.operationAt) },
    second: second && { ...second, atMs: since(now()) },
  }
  return { ...again, message: messageOf(again, clues) }
}
