import { type OptionProblem, pathOf } from '../problems.ts'
import { ACTIONS, kindOfFingerprint } from '../violation.ts'
import { dayAfter, daysLeft, endOf } from './day.ts'
import { type Exempted, isWithin, type Layers, type Lock } from './layers.ts'
import { lockInWords, strengthOf } from './locks.ts'
import type { Exemption } from './model.ts'

/** How long before its end an exemption is spoken of, in days. */
const NOTICE_DAYS = 7

/** An exemption made ready. */
export interface Ready {
  readonly exemption: Exemption
  readonly strictness: number
  /** The first moment in which it no longer holds. */
  readonly end: number
  /** The locks that it may not loosen. */
  readonly locks: readonly Lock[]
}

/** Exemptions by fingerprint, the last first. */
export type Exemptions = ReadonlyMap<string, readonly Ready[]>

/** The exemptions by fingerprint; later ones win. */
export function readyExemptions({ exemptions }: Layers, binding: readonly Lock[]): Exemptions {
  const ready = new Map<string, Ready[]>()
  for (const exempted of exemptions) {
    const { exemption } = exempted
    const one: Ready = {
      exemption,
      strictness: ACTIONS.indexOf(exemption.action),
      end: endOf(exemption.until) ?? 0,
      locks: binding.filter((lock) => !isWithin(lock, exempted)),
    }
    ready.set(exemption.fingerprint, [one, ...(ready.get(exemption.fingerprint) ?? [])])
  }
  return ready
}

/** The exemptions that would loosen what is locked. A fingerprint says its kind; those that have ended loosen nothing. */
export function exemptionProblems(layers: Layers, binding: readonly Lock[], now: number): OptionProblem[] {
  return layers.exemptions.flatMap((exempted) => {
    const { action, until, fingerprint } = exempted.exemption
    const kind = kindOfFingerprint(fingerprint)
    const isLooser = (lock: Lock) => lock.key === kind && strengthOf(lock, layers) > ACTIONS.indexOf(action)
    const lock = binding.find((one) => !isWithin(one, exempted) && isLooser(one))
    if (lock === undefined || (endOf(until) ?? 0) <= now) return []
    return [problemOf(exempted, lock)]
  })
}

function problemOf({ exemption, path }: Exempted, lock: Lock): OptionProblem {
  return {
    path: pathOf([...path, 'action']),
    found: `"${exemption.action}" for a ${lock.key}`,
    allowed: `nothing looser: ${lockInWords(lock)}`,
  }
}

/** What is to be said of exemptions when a service starts: those that end soon, and those that have ended. */
export function exemptionNotices({ exemptions }: Layers, now: number): string[] {
  return exemptions.flatMap(({ exemption: { fingerprint, until, reason } }) => {
    const end = endOf(until) ?? 0
    const left = daysLeft(end, now)
    const name = `The exemption of ${fingerprint} (${reason})`
    if (end <= now) return [`${name} ended on ${until}: its rule is back in force since ${dayAfter(end, 0)}.`]
    if (left > NOTICE_DAYS) return []
    const when = left === 0 ? 'today' : left === 1 ? 'tomorrow' : `in ${left} days`
    return [`${name} ends ${when}: it holds until ${until}, in UTC, and then its rule is back in force.`]
  })
}
