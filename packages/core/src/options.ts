import { z } from 'zod'
import { tryCompile } from './policy/compile.ts'
import { isCompiled, isPolicySource, type PolicySource } from './policy/follow.ts'
import type { Policy, PresetName } from './policy/model.ts'
import { InvalidOptionsError, type OptionProblem, problem, problemsOf, shorten } from './problems.ts'
import type { Violation } from './violation.ts'

export { InvalidOptionsError, type OptionProblem } from './problems.ts'

/** Receives violations. What it throws never reaches the request. */
export interface Reporter {
  report(violation: Violation): void
  flush?(): Promise<void>
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
  /**
   * `false` leaves the application exactly as it is; so does `RESPOND_ONCE=off` in the environment. Neither is allowed
   * where the policy has locked rules.
   */
  readonly enabled?: boolean
}

const functionOf = <T>(what: string) => z.custom<T>((value) => typeof value === 'function', what)

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
  onViolation: functionOf<(violation: Violation) => void>('a function').optional(),
  enabled: z.boolean().optional(),
})

const NAMES = Object.keys(guardOptions.shape)

function policyProblems(policy: unknown, off: OptionProblem | undefined): readonly OptionProblem[] {
  const compiled = isPolicySource(policy) ? sourced(policy) : tryCompile(policy === undefined ? 'protect' : policy)
  const locks = compiled.policy?.locks ?? []
  if (off === undefined || locks.length === 0) return compiled.problems
  return [{ ...off, allowed: `nothing that switches the guard off: ${locks.join('; ')}` }]
}

function sourced(source: PolicySource): ReturnType<typeof tryCompile> {
  const found: unknown = source.current()
  if (isCompiled(found)) return { policy: found, problems: [] }
  const allowed = 'a source whose current() returns a compiled policy: compilePolicy(policy)'
  return { policy: undefined, problems: [problem(['policy'], found, [], allowed)] }
}

/** How somebody wants to switch the guard off, if anybody does. */
function switchedOff(enabled: unknown): OptionProblem | undefined {
  if (enabled === false) return problem(['enabled'], enabled, [])
  if (process.env.RESPOND_ONCE !== 'off') return undefined
  return { ...problem(['RESPOND_ONCE'], 'off', []), found: '"off" in the environment' }
}

/** What is passed is data; reading it may still fail. */
function allProblems(options: unknown): readonly OptionProblem[] {
  try {
    const result = guardOptions.safeParse(options ?? {})
    const issues = result.success ? [] : result.error.issues
    const unknownName = (path: readonly PropertyKey[], name: string) => problem([...path, name], name, NAMES)
    const problems = problemsOf({ issues, root: options, path: [], unknownName, inWords: () => undefined })
    if (typeof options !== 'object' || options === null || Array.isArray(options)) return problems
    const { policy, enabled } = options as { readonly policy?: unknown; readonly enabled?: unknown }
    return [...policyProblems(policy, switchedOff(enabled)), ...problems]
  } catch (error) {
    const found =
      error instanceof Error
        ? `something that fails when it is read: ${shorten(error.message)}`
        : 'something unreadable'
    return [{ path: 'options', found, allowed: 'plain data' }]
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
