import {
  EXPLAINED,
  type Frame,
  isOverwriting,
  isSameFunction,
  isSameMistake,
  isSamePlace,
  lookAround,
  momentOf,
  noteTold,
  ResponseViolationError,
  type TracePoint,
} from '@respond-once/core/adapter'
import type { Flow, Staged } from './flow.ts'

// The missing return of Koa: a refusal falls through to another answer, and the client gets that.

const isRedirect = ({ operation }: Staged) => operation === 'ctx.redirect'
const isRefusal = (staged: Staged) => isRedirect(staged) || staged.status >= 400

/** Whether something of this rule is to be kept: production captures no stack but for a refusal, which is rare. */
export function isJudged({ record }: Flow, operation: string, status: number): boolean {
  if (operation !== 'ctx.redirect' && status < 400) return false
  return record.guard.judge.policy.watches('body-overwritten')
}

function placeOf({ frames }: TracePoint): Frame | undefined {
  return frames.find(({ owner }) => owner === 'application')
}

/** Whether one function has left its answer standing. What cannot be known is not told. */
function fallsThrough(staged: Staged, second: TracePoint): boolean {
  const a = staged.trace && placeOf(staged.trace)
  const b = placeOf(second)
  if (a === undefined || b === undefined || !isSameFunction(a, b) || isSamePlace(a, b)) return false
  const refusedAt = isRefusal(staged) ? undefined : staged.refusedAt && placeOf(staged.refusedAt)
  if (refusedAt !== undefined && !isSameFunction(a, refusedAt)) return false
  return isOverwriting(a, b, refusedAt) ?? (isRedirect(staged) || staged.status === 401 || staged.status === 403)
}

/**
 * An answer is given although one is staged. Returns whether it is given all the same.
 * @throws {ResponseViolationError} where the policy says `throw`.
 */
export function mayReplace(flow: Flow, name: string, value: unknown): boolean {
  const { staged, record, context } = flow
  const { judge } = record.guard
  if (staged === undefined || flow.read || staged.passes !== flow.passes) return true
  if ((record.bits & EXPLAINED) !== 0 || !judge.policy.watches('body-overwritten')) return true
  if (judge.settings(context.res, record).onlyRefusals && !isRefusal(staged) && staged.refusedAt === undefined)
    return true
  // Koa's documentation words the page of a redirect so.
  if (isRedirect(staged) && typeof value === 'string') return true
  if (record.rare !== undefined && isSameMistake(record)) return record.rare.toldAction !== 'suppress'
  const trace = lookAround(record)
  if (!fallsThrough(staged, trace)) return true
  const { operation, at = record.arrivedAt, status: statusCode } = staged
  const first = { operation, at, statusCode, trace: staged.trace, frames: staged.trace?.frames ?? [] }
  const second = momentOf(name, trace)
  const attempt = judge.attempt(context.res, record, { kind: 'body-overwritten', first, second })
  if (attempt === undefined) return true
  const violation = judge.teller.tell(context.res, record, attempt)
  noteTold(record, trace, attempt.action)
  if (attempt.action === 'throw') throw new ResponseViolationError(violation)
  if (attempt.action === 'report') return true
  staged.restore?.()
  // What follows in this run to completion belongs to the refused answer too.
  if (staged.restore !== undefined) queueMicrotask(staged.restore)
  return false
}

/** How to bring status and headers back, where the policy wants a refusal to stand. */
export function restorerOf({ record, context }: Flow): (() => void) | undefined {
  const { res } = context
  if (record.guard.judge.decide(res, record, 'body-overwritten', 'missing-return') !== 'suppress') return undefined
  const { statusCode } = res
  const headers = { ...res.getHeaders() }
  return () => {
    if (res.headersSent) return
    for (const name of res.getHeaderNames()) if (!(name in headers)) res.removeHeader(name)
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) res.setHeader(name, value)
    res.statusCode = statusCode
  }
}
