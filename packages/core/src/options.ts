import leven from 'leven'
import { z } from 'zod'
import { type Policy, PRESET_NAMES, type PresetName, RULE_KEYS } from './policy.ts'
import { ACTIONS, type Violation } from './violation.ts'

/** Receives violations. What it throws never reaches the request. */
export interface Reporter {
  report(violation: Violation): void
  flush?(): Promise<void>
}

/** When the place of the first operation is captured: on every response, only where a violation was seen lately, never. */
export type TraceMode = 'always' | 'adaptive' | 'never'

/** The options of every `respondOnce`. */
export interface GuardOptions {
  /** What to do about each kind of violation. Default `protect`. */
  readonly policy?: Policy | PresetName
  /** Default `adaptive` where `NODE_ENV` is `production`, else `always`. */
  readonly trace?: TraceMode
  /** Default: readable text on a terminal, one JSON line each elsewhere, both on stderr. */
  readonly reporters?: readonly Reporter[]
  /** Called with every violation whose action is not `off`. */
  readonly onViolation?: (violation: Violation) => void
  /** `false` leaves the application exactly as it is; so does `RESPOND_ONCE=off` in the environment. */
  readonly enabled?: boolean
}

/** One mistake in the options: where, what was found, what is allowed. */
export interface OptionProblem {
  readonly path: string
  readonly found: string
  readonly allowed: string
  readonly suggestion?: string
}

/** Thrown at start-up for options or a policy that cannot be used, with every mistake in it. */
export class InvalidOptionsError extends TypeError {
  override readonly name = 'InvalidOptionsError'
  readonly code = 'RESPOND_ONCE_INVALID_OPTIONS'
  readonly problems: readonly OptionProblem[]

  constructor(problems: readonly OptionProblem[]) {
    const lines = problems.map(
      ({ path, found, allowed, suggestion }) =>
        `  - ${path}: found ${found}; allowed: ${allowed}${suggestion ? `; did you mean "${suggestion}"?` : ''}`,
    )
    super(`respond-once cannot start, ${problems.length} mistake(s) in its options:\n${lines.join('\n')}`)
    this.problems = problems
  }
}

const milliseconds = z.number().nonnegative().finite()
const rule = z.union([
  z.enum(ACTIONS),
  z.tuple([
    z.enum(ACTIONS),
    z.strictObject({
      afterMs: milliseconds.optional(),
      graceMs: milliseconds.optional(),
      idleMs: milliseconds.optional(),
      onlyRefusals: z.boolean().optional(),
    }),
  ]),
])

const policy: z.ZodType = z.lazy(() =>
  z.union([
    z.enum(PRESET_NAMES),
    z.strictObject({
      extends: z.union([policy, z.array(policy)]).optional(),
      rules: z.partialRecord(z.enum(RULE_KEYS), rule).optional(),
    }),
  ]),
)

const functionOf = <T>(what: string) => z.custom<T>((value) => typeof value === 'function', what)

const guardOptions = z.strictObject({
  policy: policy.optional(),
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

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  return Array.isArray(value) ? 'an array' : value === undefined ? 'nothing' : `a ${typeof value}`
}

/** The nearest allowed name, where it is near enough to be a typo. */
function nearest(found: unknown, names: readonly string[]): string | undefined {
  if (typeof found !== 'string' || found.length > 64) return undefined
  const best = names.map((name) => ({ name, distance: leven(found, name) })).sort((a, b) => a.distance - b.distance)[0]
  return best !== undefined && best.distance <= Math.max(2, found.length / 3) ? best.name : undefined
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], root)
}

type Issue = z.core.$ZodIssue

/** Of a union's branches, those whose type fits what was found; else all of them together. */
function fitting(issue: Extract<Issue, { code: 'invalid_union' }>): readonly Issue[] | undefined {
  return issue.errors.find(
    (branch) => !branch.some((inner) => inner.path.length === 0 && inner.code === 'invalid_type'),
  )
}

function problem(path: string, found: unknown, names: readonly string[], allowed = names.join(', ')): OptionProblem {
  const suggestion = nearest(found, names)
  return { path, found: show(found), allowed, ...(suggestion === undefined ? {} : { suggestion }) }
}

function problemsOf(issues: readonly Issue[], root: unknown, base: readonly PropertyKey[] = []): OptionProblem[] {
  return issues.flatMap((issue): OptionProblem[] => {
    const keys = [...base, ...issue.path]
    const path = keys.map(String).join('.') || 'options'
    const found = valueAt(root, keys)
    switch (issue.code) {
      case 'invalid_union': {
        const inner = fitting(issue)
        if (inner !== undefined) return problemsOf(inner, root, keys)
        const names = issue.errors.flatMap((branch) => branch.flatMap(valuesOf))
        return [
          problem(
            path,
            found,
            names,
            `${names.join(', ')}, or ${keys.at(-2) === 'rules' ? '[action, options]' : 'an object'}`,
          ),
        ]
      }
      case 'unrecognized_keys':
        return issue.keys.map((key) => problem([...keys, key].map(String).join('.'), key, knownKeys(keys)))
      case 'invalid_key':
        return [problem(path, keys.at(-1), RULE_KEYS, 'a kind, or kind/cause; see docs/violations.md')]
      case 'invalid_value':
        return [problem(path, found, valuesOf(issue))]
      case 'invalid_type':
        return [problem(path, found, [], issue.expected)]
      default:
        return [problem(path, found, [], issue.message)]
    }
  })
}

function valuesOf(issue: Issue): string[] {
  return issue.code === 'invalid_value' ? issue.values.map(String) : []
}

function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return Object.keys(guardOptions.shape)
  return path.includes('rules') ? ['afterMs', 'graceMs', 'idleMs', 'onlyRefusals'] : ['extends', 'rules']
}

/**
 * Checks what a user passed to `respondOnce`.
 * @throws {InvalidOptionsError} with every mistake at once.
 */
export function validateOptions(options: unknown): GuardOptions {
  const result = guardOptions.safeParse(options ?? {})
  if (!result.success) throw new InvalidOptionsError(problemsOf(result.error.issues, options))
  return (options ?? {}) as GuardOptions
}
