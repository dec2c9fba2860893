import type { GuardedResponse } from './host.ts'
import type { Moment } from './moment.ts'
import type { ResponseRecord } from './record.ts'
import { onlyReported, type ViolationKind } from './violation.ts'

/** What was found where somebody looked; nothing where it is nobody's mistake. */
type Look = () => { readonly first?: Moment | undefined; readonly second?: Moment | undefined } | undefined

/** What is never held back is told, and that is all. Returns whether it is a mistake. */
export function reportOnly(
  response: GuardedResponse,
  record: ResponseRecord,
  kind: ViolationKind,
  name: string,
  look: Look,
): boolean {
  const { judge } = record.guard
  if (!judge.policy.watches(kind)) return false
  const known = judge.recall(response, record, kind, name, onlyReported)
  if (known !== undefined) {
    judge.teller.tellAgain(response, record, known)
    return true
  }
  const found = look()
  if (found === undefined) {
    judge.teller.doubt(response, record, kind, name)
    return false
  }
  const attempt = judge.attempt(response, record, { kind, ...found })
  if (attempt !== undefined) judge.teller.tell(response, record, { ...attempt, action: 'report' }, name)
  return true
}
