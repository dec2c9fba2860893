import { z } from 'zod'
import { tryCompile } from './policy/compile.ts'
import { isPolicySource, type PolicySource, sourced } from './policy/follow.ts'
import type { Policy, PresetName } from './policy/model.ts'
import { aFunction, InvalidOptionsError, type OptionProblem, problem, readOptions, unreadable } from './problems.ts'
import type { Violation } from './violation.ts'

export { InvalidOptionsError, type OptionProblem } from './problems.ts'

/** What a report stands for, where one mistake is made too often to tell it each time. */
export interface Repeats {
  /** How often it was made since it was last reported. */
  readonly count: number
  /** In how many milliseconds. */
  readonly forMs: number
  /** How many other mistakes were forgotten so far, because there are too many of them. */
  readonly forgotten: number
}

/** Receives violations. What it throws never reaches the request. */
export interface Reporter {
  /**
   * Called when a mistake is made for the first time, or again after a pause. While it goes on being made, it is called at
   * intervals with the last violation and with how many there were since.
   */
  report(violation: Violation, repeats?: Repeats): void
  /** Called for every single violation, for what counts. */
  each?(violation: Violation): void
  flush?(): Promise<void>
}

/** How much the guard does at most. */
export interface Limits {
  /** Adaptive tracing: for how many responses of a route the first place is captured after a violation. Default 100. */
  readonly tracedResponses?: number
  /** Adaptive tracing: for how long. Default 600,000 ms. */
  readonly tracedMs?: number
  /** Adaptive tracing: on how many routes at a time. Default 1,000. */
  readonly tracedRoutes?: number
  /** How many violations a second are looked at in full; the others are only counted. Default 10. */
  readonly fullPerSecond?: number
}

/** When the place of the first operation is captured: on every response, only where a violation was seen lately, never. */
export type TraceMode = 'always' | 'adaptive' | 'never'

/** The options of every `respondOnce`. */
export interface GuardOptions {
  /** What to do about each kind of violation, or where that is found, if it may change. Default `protect`. */
  readonly policy?: Policy | PresetName | PolicySource
  /** Default `adaptive` where `NODE_ENV` is `production`, else `always`. */
  readonly trace?: TraceMode
  /** Default: readable text on a terminal, one JSON line each elsewhere, both on stderr. */
  readonly reporters?: readonly Reporter[]
  /** Called with every violation whose action is not `off`. */
  readonly onViolation?: (violation: Violation) => void
  /** Globs of files of the application that are never named as a place: helpers that answer for their callers. */
  readonly ignore?: readonly string[]
  readonly limits?: Limits
  /**
   * `false` leaves the application exactly as it is; so does `RESPOND_ONCE=off` in the environment. Neither is allowed
   * where the policy has locked rules.
   */
  readonly enabled?: boolean
}

const TIME = 'milliseconds, from 0 to 2147483647'
const COUNT = 'a whole number, from 1 to 1000000'

const milliseconds = z.number().min(0, TIME).max(2_147_483_647, TIME)
const count = z.int(COUNT).min(1, COUNT).max(1_000_000, COUNT)

const guardOptions = z.strictObject({
  policy: z.unknown().optional(),
  trace: z.enum(['always', 'adaptive', 'never']).optional(),
  reporters: z
    .array(
      z.custom<Reporter>(
        (value) => typeof value === 'object' && value !== null && typeof (value as Reporter).report === 'function',
        'an object with report(violation)',
      ),
    )
    .optional(),
  onViolation: aFunction<(violation: Violation) => void>().optional(),
  ignore: z.array(z.string()).optional(),
  limits: z
    .strictObject({
      tracedResponses: count.optional(),
      tracedMs: milliseconds.optional(),
      tracedRoutes: count.optional(),
      fullPerSecond: count.optional(),
    })
    .optional(),
  enabled: z.boolean().optional(),
})

const NAMES = Object.keys(guardOptions.shape)
const LIMITS = Object.keys(guardOptions.shape.limits.unwrap().shape)

function policyProblems(policy: unknown, off: OptionProblem | undefined): readonly OptionProblem[] {
  const compiled = isPolicySource(policy) ? sourced(policy) : tryCompile(policy === undefined ? 'protect' : policy)
  const locks = compiled.policy?.locks ?? []
  if (off === undefined || locks.length === 0) return compiled.problems
  return [{ ...off, allowed: `nothing that switches the guard off: ${locks.join('; ')}` }]
}

/** How somebody wants to switch the guard off, if anybody does. */
function switchedOff(enabled: unknown): OptionProblem | undefined {
  if (enabled === false) return problem(['enabled'], enabled, [])
  if (process.env.RESPOND_ONCE !== 'off') return undefined
  return { ...problem(['RESPOND_ONCE'], 'off', []), found: '"off" in the environment' }
}

function allProblems(options: unknown): readonly OptionProblem[] {
  const { read, problems } = readOptions(guardOptions, options ?? {}, (path) => (path[0] === 'limits' ? LIMITS : NAMES))
  try {
    return [...policyProblems(read.policy, switchedOff(read.enabled)), ...problems]
  } catch (error) {
    return [unreadable(['policy'], error), ...problems]
  }
}

/**
 * Checks what a user passed to `respondOnce`.
 * @throws {InvalidOptionsError} with every mistake at once.
 */
export function validateOptions(options: unknown): GuardOptions {
  const problems = allProblems(options)
  if (problems.length > 0) throw new InvalidOptionsError(problems)
  return (options ?? {}) as GuardOptions
}
