import type { Composed } from './compose.ts'
import { type Clues, type Draft, messageOf, placeOf, requestOf } from './explain.ts'
import { fingerprintOf } from './fingerprint.ts'
import { mistakeOf } from './limit.ts'
import type { CompiledPolicy } from './policy/compile.ts'
import type { OperationRecord, Violation, ViolationKind } from './violation.ts'

// Under a storm every request is a violation. Capturing and reading both stacks of each would cost more than the requests
// themselves, so only so many a second are looked at in full. The others are taken for what the same route, kind and
// operation has shown so far; where that was not always the same, for nothing certain.

/** How many violations a second are looked at in full. */
export class Budget {
  readonly #perSecond: number
  #second = -1
  #left = 0

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** Whether there is nothing left of this second. */
  get isSpent(): boolean {
    this.#turnOver()
    return this.#left <= 0
  }

  take(): void {
    this.#turnOver()
    this.#left--
  }

  #turnOver(): void {
    const second = Math.floor(performance.now() / 1000)
    if (second === this.#second) return
    this.#second = second
    this.#left = this.#perSecond
  }
}

/** What was told of one route, kind and operation. */
export interface Known extends Composed {
  /** See {@link mistakeOf}. */
  readonly mistake: string
  /** See {@link spotOf}. */
  readonly spot: string
  /** Several mistakes are made there in one way: nothing but their kind is certain. */
  readonly isBlurred: boolean
  /** The policy that was found to say the same of it whenever it is made. */
  holdsUnder: CompiledPolicy | undefined
}

/** Equal for what is done at one spot of the application. */
export function spotOf({ kind, second }: Violation): string {
  const { file, line, column } = second?.site ?? {}
  return `${kind} ${second?.operation} ${file}:${line}:${column}`
}

function knownOf({ violation, clues }: Composed, isBlurred: boolean): Known {
  const [mistake, spot] = [mistakeOf(violation), spotOf(violation)]
  return { violation, clues, mistake, spot, isBlurred, holdsUnder: undefined }
}

const withoutSite = (operation: OperationRecord | undefined) => operation && { ...operation, site: undefined }

const NO_CLUES: Clues = {
  firstPackage: undefined,
  secondPackage: undefined,
  parting: undefined,
  untraced: undefined,
}

/** What is still certain where one route makes several mistakes in one way. */
function blurred(violation: Violation): Known {
  const { first, second } = violation
  const draft: Draft = { ...violation, cause: 'unknown', first: withoutSite(first), second: withoutSite(second) }
  const message = messageOf(draft, NO_CLUES)
  const hint = `several mistakes are made on ${requestOf(violation)}, too many a second to look at each: see the other reports`
  const whole = { ...draft, message, hint, fingerprint: fingerprintOf(draft) }
  return knownOf({ violation: whole, clues: NO_CLUES }, true)
}

/** Whether two violations of one route, kind and operation are different mistakes. What was not traced says nothing. */
function differ(a: Violation, b: Violation): boolean {
  if (placeOf(a.second?.site) !== placeOf(b.second?.site)) return true
  const [left, right] = [a.first?.site, b.first?.site]
  return left !== undefined && right !== undefined && (placeOf(left) !== placeOf(right) || a.cause !== b.cause)
}

/** By the name of what was called: what it is known as, kind by kind. */
type Seen = Map<string, Map<ViolationKind, Known | 'doubtful'>>

/** How many places are remembered that are no objects. */
const MAX_PATTERNS = 1000

/**
 * Remembers what was told where. Places are the adapter's own objects, and are forgotten with them, or the patterns of
 * routes.
 */
export class Memory {
  readonly #places = new WeakMap<object, Seen>()
  readonly #patterns = new Map<string, Seen>()

  /** A violation was looked at in full. */
  learn(place: object | string, name: string, composed: Composed): void {
    const { violation } = composed
    const seen = this.#seenAt(place, name)
    const { kind } = violation
    const before = seen.get(kind)
    if (before === 'doubtful' || before?.isBlurred === true) return
    if (before !== undefined && differ(before.violation, violation)) seen.set(kind, blurred(violation))
    else if (before?.violation.first?.site === undefined || violation.first?.site !== undefined)
      seen.set(kind, knownOf(composed, false))
  }

  /** An operation of that name may be nobody's mistake: from now on each is looked at. */
  doubt(place: object | string, name: string, kind: ViolationKind): void {
    this.#seenAt(place, name).set(kind, 'doubtful')
  }

  recall(place: object | string, name: string, kind: ViolationKind): Known | undefined {
    const known = this.#at(place)?.get(name)?.get(kind)
    return known === 'doubtful' ? undefined : known
  }

  #at(place: object | string): Seen | undefined {
    return typeof place === 'string' ? this.#patterns.get(place) : this.#places.get(place)
  }

  #seenAt(place: object | string, name: string): Map<ViolationKind, Known | 'doubtful'> {
    const names: Seen = this.#at(place) ?? new Map()
    const seen = names.get(name) ?? new Map<ViolationKind, Known | 'doubtful'>()
    names.set(name, seen)
    if (typeof place === 'object') this.#places.set(place, names)
    else {
      if (this.#patterns.size >= MAX_PATTERNS && !this.#patterns.has(place)) this.#patterns.clear()
      this.#patterns.set(place, names)
    }
    return seen
  }
}
