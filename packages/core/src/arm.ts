import type { Limits, TraceMode } from './options.ts'

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
  readonly #responses: number
  readonly #milliseconds: number
  readonly #places: number
  readonly #armed = new Map<unknown, Armed>()

  constructor(mode: TraceMode, limits: Limits = {}) {
    this.#mode = mode
    this.#responses = limits.tracedResponses ?? RESPONSES
    this.#milliseconds = limits.tracedMs ?? MILLISECONDS
    this.#places = limits.tracedRoutes ?? PLACES
    this.idle = mode !== 'always'
  }

  /** True while nothing is captured anywhere. */
  idle: boolean

  /** Whether nothing is captured at all. */
  get never(): boolean {
    return this.#mode === 'never'
  }

  /** Whether it depends on what was seen lately. */
  get isAdaptive(): boolean {
    return this.#mode === 'adaptive'
  }

  /** What becomes of first places that were not captured. */
  get untraced(): 'until-next' | 'never' | undefined {
    return this.#mode === 'adaptive' ? 'until-next' : this.#mode === 'never' ? 'never' : undefined
  }

  /** `counted` is what the same response was given before, and returned for it: a response counts once. */
  captures(place: unknown, counted?: unknown): object | undefined {
    if (this.#mode === 'always') return this
    const armed = this.#armed.get(place)
    if (armed === undefined || armed === counted) return armed
    if (armed.left > 0 && performance.now() <= armed.until) {
      armed.left--
      return armed
    }
    this.#armed.delete(place)
    this.idle = this.#armed.size === 0
    return undefined
  }

  arm(place: unknown): void {
    if (this.#mode !== 'adaptive' || place === undefined) return
    this.#armed.delete(place)
    if (this.#armed.size >= this.#places) this.#armed.delete(this.#armed.keys().next().value)
    this.#armed.set(place, { left: this.#responses, until: performance.now() + this.#milliseconds })
    this.idle = false
  }
}
