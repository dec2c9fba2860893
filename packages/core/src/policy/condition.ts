import picomatch from 'picomatch'
import type { Framework } from '../violation.ts'
import type { Override } from './model.ts'

/** What a policy is asked about; what is not known is undefined, and no condition on it holds. */
export interface Case {
  readonly environment: string
  readonly framework: Framework | undefined
  readonly route: string | undefined
  readonly method: string | undefined
}

type Conditions = Omit<Override, 'rules'>

function globOf(routes: readonly string[]): (route: string) => boolean {
  // The same on every system: a route is no path of a file.
  return picomatch([...routes], { dot: true, windows: false } as picomatch.PicomatchOptions)
}

const isPlainText = (route: string) => picomatch.scan(route).isGlob !== true && !route.startsWith('!')

/** Whether each of these is among those; who names none takes all. */
function includesAll(those: readonly string[] | undefined, these: readonly string[] | undefined): boolean {
  return those === undefined || (these?.every((one) => those.includes(one)) ?? false)
}

function sharesNone(those: readonly string[] | undefined, these: readonly string[] | undefined): boolean {
  return those !== undefined && these !== undefined && !these.some((one) => those.includes(one))
}

/** The conditions of an override. */
export class Condition {
  readonly #conditions: Conditions
  /** Made when first needed: most conditions fail for another reason. */
  #glob: ((route: string) => boolean) | undefined
  /** Which of its routes are no globs: one condition is held against many others. */
  #plain: ReadonlySet<string> | undefined

  constructor(conditions: Conditions = {}) {
    this.#conditions = conditions
  }

  /** Whether the conditions that never change within one guard hold. */
  mayHold(environment: string, framework: Framework | undefined): boolean {
    const { environments, frameworks } = this.#conditions
    return (
      (environments === undefined || environments.includes(environment)) &&
      (frameworks === undefined || (framework !== undefined && frameworks.includes(framework)))
    )
  }

  /** Whether the others hold. */
  holds(route: string | undefined, method: string | undefined): boolean {
    const methods: readonly (string | undefined)[] | undefined = this.#conditions.methods
    if (methods !== undefined && !methods.includes(method)) return false
    return this.#conditions.routes === undefined || (route !== undefined && this.#matches(route))
  }

  #matches(route: string): boolean {
    this.#glob ??= globOf(this.#conditions.routes ?? [])
    return this.#glob(route)
  }

  /** Whether the answer depends on the route or the method. */
  get varies(): boolean {
    return this.#conditions.routes !== undefined || this.#conditions.methods !== undefined
  }

  /** Whether it certainly holds wherever the other one does. */
  covers(other: Condition): boolean {
    const [these, those] = [this.#conditions, other.#conditions]
    return (
      includesAll(these.methods, those.methods) &&
      includesAll(these.frameworks, those.frameworks) &&
      includesAll(these.environments, those.environments) &&
      (these.routes === undefined || (those.routes?.every((route) => this.#coversRoute(route, other)) ?? false))
    )
  }

  #coversRoute(route: string, of: Condition): boolean {
    if (this.#conditions.routes?.includes(route)) return true
    return of.#isPlain(route) && this.#matches(route)
  }

  #isPlain(route: string): boolean {
    this.#plain ??= new Set(this.#conditions.routes?.filter(isPlainText))
    return this.#plain.has(route)
  }

  /** Whether it certainly never holds where the other one does. */
  excludes(other: Condition): boolean {
    const [these, those] = [this.#conditions, other.#conditions]
    return (
      sharesNone(these.methods, those.methods) ||
      sharesNone(these.frameworks, those.frameworks) ||
      sharesNone(these.environments, those.environments) ||
      this.#excludesRoutes(other) ||
      other.#excludesRoutes(this)
    )
  }

  #excludesRoutes(other: Condition): boolean {
    const { routes } = other.#conditions
    if (this.#conditions.routes === undefined || routes === undefined) return false
    return routes.every((route) => other.#isPlain(route) && !this.#matches(route))
  }
}

/** Holds always. */
export const ALWAYS: Condition = new Condition()
