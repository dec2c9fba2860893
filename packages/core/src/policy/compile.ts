import { InvalidOptionsError, type OptionProblem, pathOf } from '../problems.ts'
import { ACTIONS, type Action, type Cause, type Framework, VIOLATION_KINDS, type ViolationKind } from '../violation.ts'
import { Answers, type Table } from './answers.ts'
import { actionCell, cellsOfKind, lockedCells, optionCell } from './cells.ts'
import { type Exemptions, exemptionNotices, exemptionProblems, readyExemptions } from './exemptions.ts'
import { Layers, type Lock } from './layers.ts'
import { bindingLocks, lockInWords, lockProblems } from './locks.ts'
import type { Policy, PresetName, RuleOptions } from './model.ts'
import { readPolicy } from './read.ts'

/** The options of all rules, resolved. */
export interface Settings {
  readonly afterMs: number
  readonly graceMs: number
  readonly idleMs: number | undefined
  /** `body-overwritten`: only where the first answer was a refusal. */
  readonly onlyRefusals: boolean
}

/** An action, and who decided it. */
export interface Decision {
  readonly action: Action
  /** The preset, the package or the line whose rule it is; undefined where no rule says anything. */
  readonly decidedBy: string | undefined
  /** Where that rule is in what was passed. */
  readonly path: string | undefined
  /** Who has locked it, and where. */
  readonly lockedBy: string | undefined
}

/** A policy made ready for the request path: asking it allocates nothing. */
export interface CompiledPolicy {
  /** The action for one violation; on a route and for a method where the policy {@link varies}. */
  decide(kind: ViolationKind, cause: Cause, route?: string, method?: string): Action
  /** Whether any rule of this kind is not off, on any route. A constant, for the request path. */
  watches(kind: ViolationKind): boolean
  /** The options of the rules, on one route. */
  settings(route?: string, method?: string): Settings
  /** Whether the answers depend on the route. Finding it costs more than asking. */
  readonly varies: boolean
  /** The shortest time after which something has to be looked at; infinite where no rule waits. */
  readonly shortestWaitMs: number
  /** Whether there are exemptions: only then a fingerprint is asked for. */
  readonly exempts: boolean
  /** The action for a violation with this fingerprint, for which the rules say `action`. */
  exempt(
    fingerprint: string,
    action: Action,
    kind: ViolationKind,
    cause: Cause,
    route?: string,
    method?: string,
  ): Action
  /** The same policy as guards of one framework ask it. */
  for(framework: Framework): CompiledPolicy
  /** What {@link decide} says, and who decided it. */
  explain(kind: ViolationKind, cause: Cause, route?: string, method?: string): Decision
  /** Who has locked what: while anybody has, the guard cannot be switched off. */
  readonly locks: readonly string[]
  /** What is to be said when a service starts: exemptions that end soon, or have ended. */
  notices(): readonly string[]
}

/** How a policy is compiled. */
export interface CompileOptions {
  /** What overrides name as their environment. Default `NODE_ENV`, or `development`. */
  readonly environment?: string
  /** The time, in milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number
  /** The file that names in `extends` are looked up from. Default: the running application's folder. */
  readonly from?: string
  /** Where the policy stands, for what is said of its mistakes. Default `policy`. */
  readonly path?: readonly string[]
}

/** A checked policy, and what of it locks something. */
interface Checked {
  readonly layers: Layers
  readonly locks: readonly Lock[]
}

interface Circumstances {
  readonly environment: string
  readonly framework: Framework | undefined
  readonly now: () => number
}

const strictnessOf = (action: Action) => ACTIONS.indexOf(action)

class Compiled implements CompiledPolicy {
  readonly varies: boolean
  readonly shortestWaitMs: number
  readonly exempts: boolean
  readonly locks: readonly string[]
  readonly #checked: Checked
  readonly #circumstances: Circumstances
  readonly #answers: Answers
  /** The answers, where they do not vary. */
  readonly #everywhere: Table
  readonly #watched: ReadonlySet<ViolationKind>
  readonly #exemptions: Exemptions
  readonly #settings = new WeakMap<Table, Settings>()
  readonly #byFramework = new Map<Framework, CompiledPolicy>()

  constructor(checked: Checked, circumstances: Circumstances) {
    const { layers, locks } = checked
    this.#checked = checked
    this.#circumstances = circumstances
    const answers = new Answers(layers, locks, circumstances.environment, circumstances.framework)
    this.#answers = answers
    this.#everywhere = answers.on(undefined, undefined)
    this.#watched = new Set(
      VIOLATION_KINDS.filter((kind) => cellsOfKind(kind).some((cell) => answers.strictest(cell) > 0)),
    )
    this.#exemptions = readyExemptions(layers, locks)
    this.varies = answers.varies
    this.exempts = this.#exemptions.size > 0
    this.locks = locks.map(lockInWords)
    const idleMs = -answers.strictest(optionCell('idleMs'))
    this.shortestWaitMs = this.watches('no-response')
      ? Math.min(idleMs, -answers.strictest(optionCell('afterMs')))
      : idleMs
  }

  decide(kind: ViolationKind, cause: Cause, route?: string, method?: string): Action {
    const { wholes, actions } = this.varies ? this.#answers.on(route, method) : this.#everywhere
    return wholes.get(kind) ?? (ACTIONS[actions[actionCell(kind, cause)] as number] as Action)
  }

  watches(kind: ViolationKind): boolean {
    return this.#watched.has(kind)
  }

  settings(route?: string, method?: string): Settings {
    const table = this.#answers.on(route, method)
    const known = this.#settings.get(table)
    if (known !== undefined) return known
    const settings = settingsOf(table)
    this.#settings.set(table, settings)
    return settings
  }

  exempt(
    fingerprint: string,
    action: Action,
    kind: ViolationKind,
    cause: Cause,
    route?: string,
    method?: string,
  ): Action {
    const now = this.#circumstances.now()
    const ready = this.#exemptions.get(fingerprint)?.find(({ end }) => now < end)
    if (ready === undefined || ready.strictness >= strictnessOf(action)) return action
    const cell = actionCell(kind, cause)
    const floors = ready.locks
      .filter(({ key }) => lockedCells(key).includes(cell))
      .map((lock) => this.#answers.floor(lock, cell, route, method))
    return ACTIONS[Math.min(strictnessOf(action), Math.max(ready.strictness, ...floors))] as Action
  }

  for(framework: Framework): CompiledPolicy {
    if (framework === this.#circumstances.framework) return this
    let narrowed = this.#byFramework.get(framework)
    if (narrowed === undefined) {
      narrowed = new Compiled(this.#checked, { ...this.#circumstances, framework })
      this.#byFramework.set(framework, narrowed)
    }
    return narrowed
  }

  explain(kind: ViolationKind, cause: Cause, route?: string, method?: string): Decision {
    const { said, lock } = this.#answers.whoSaid(actionCell(kind, cause), route, method)
    const path = said && (said.layer.isPreset ? said.layer.path : [...said.layer.path, said.key])
    return {
      action: this.decide(kind, cause, route, method),
      decidedBy: said?.layer.label,
      path: path && pathOf(path),
      lockedBy: lock && lockInWords(lock),
    }
  }

  notices(): readonly string[] {
    return exemptionNotices(this.#checked.layers, this.#circumstances.now())
  }
}

function settingsOf(table: Table): Settings {
  const read = (option: keyof RuleOptions) => -(table.answers[optionCell(option)] as number)
  const idleMs = read('idleMs')
  return {
    afterMs: read('afterMs'),
    graceMs: read('graceMs'),
    idleMs: idleMs === Number.POSITIVE_INFINITY ? undefined : idleMs,
    onlyRefusals: read('onlyRefusals') === 0,
  }
}

/** What compiling has led to: a policy, or mistakes. */
export interface Compilation {
  readonly policy: CompiledPolicy | undefined
  readonly problems: readonly OptionProblem[]
}

/** Whether all could be read of the policy that a lock is of: what it holds is known only then. */
function isWhole({ path }: Lock, problems: readonly OptionProblem[]): boolean {
  const policy = pathOf(path.slice(0, -2))
  return problems.every((found) => found.path !== policy && !found.path.startsWith(`${policy}.`))
}

/** Compiles whatever was passed as a policy. */
export function tryCompile(input: unknown, options: CompileOptions = {}): Compilation {
  const { environment = process.env.NODE_ENV || 'development', now = Date.now, path, from } = options
  const { root, problems } = readPolicy(input, path, from)
  const layers = new Layers(root)
  const locks = bindingLocks(layers).filter((lock) => isWhole(lock, problems))
  const loosened = [...lockProblems(layers, locks), ...exemptionProblems(layers, locks, now())]
  if (problems.length + loosened.length > 0) return { policy: undefined, problems: [...problems, ...loosened] }
  return { policy: new Compiled({ layers, locks }, { environment, framework: undefined, now }), problems: [] }
}

/**
 * Checks a policy, and makes it ready to be asked.
 * @throws {InvalidOptionsError} with every mistake at once.
 */
export function compilePolicy(input: Policy | PresetName, options?: CompileOptions): CompiledPolicy {
  const { policy, problems } = tryCompile(input, options)
  if (policy === undefined) throw new InvalidOptionsError(problems)
  return policy
}
