import type { TraceMode } from './options.ts'

/** How long a place stays armed after a violation: so many responses, so many milliseconds; and how many places at most. */
const RESPONSES = 100
const MILLISECONDS = 600_000
const PLACES = 1000

interface Armed {
  left: number
  readonly until: number
}

/**
 * Decides whether the first operation's stack is captured. Adaptive: only where a violation was seen lately. A place is
 * whatever object the adapter calls one: a route, a layer.
 */
export class Arming {
  readonly #mode: TraceMode
  readonly #armed = new Map<unknown, Armed>()

  constructor(mode: TraceMode) {
    this.#mode = mode
    this.idle = mode !== 'always'
    this.never = mode === 'never'
  }

  /** True while nothing is captured anywhere. */
  idle: boolean
  readonly never: boolean

  captures(place: unknown): boolean {
    if (this.#mode === 'always') return true
    const armed = this.#armed.get(place)
    if (armed === undefined) return false
    if (--armed.left < 0 || performance.now() > armed.until) this.#armed.delete(place)
    this.idle = this.#armed.size === 0
    return true
  }

  arm(place: unknown): void {
    if (this.#mode !== 'adaptive' || place === undefined) return
    this.#armed.delete(place)
    if (this.#armed.size >= PLACES) this.#armed.delete(this.#armed.keys().next().value)
    this.#armed.set(place, { left: RESPONSES, until: performance.now() + MILLISECONDS })
    this.idle = false
  }
}
