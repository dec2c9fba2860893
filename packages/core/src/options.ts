import leven from 'leven'
import { z } from 'zod'
import { printable } from './explain.ts'
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

const TIME = 'milliseconds, from 0 to 2147483647'

/** What `setTimeout` can wait for. */
const MAX_MS = 2_147_483_647

const milliseconds = z.number().min(0, TIME).max(MAX_MS, TIME)
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

function shorten(text: string): string {
  return printable(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}

function show(value: unknown): string {
  if (typeof value === 'string') return `"${shorten(value)}"`
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value === undefined) return 'nothing'
  return Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : `a ${typeof value}`
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

/** Of a union's branches, the one that what was found was meant for: the one that found fault with its inside. */
function fitting({ errors }: Extract<Issue, { code: 'invalid_union' }>, found: unknown): readonly Issue[] | undefined {
  const isWhole = ({ path, code }: Issue) => path.length === 0 && (code === 'invalid_type' || code === 'invalid_value')
  const inner = errors.filter((branch) => branch.length > 0 && !branch.some(isWhole))
  if (!Array.isArray(found)) return inner[0]
  return inner.find((branch) => branch.some(({ path }) => typeof path[0] === 'number'))
}

function problem(path: string, found: unknown, names: readonly string[], allowed = names.join(', ')): OptionProblem {
  const suggestion = nearest(found, names)
  return { path, found: show(found), allowed, ...(suggestion === undefined ? {} : { suggestion }) }
}

function problemsOf(issues: readonly Issue[], root: unknown, base: readonly PropertyKey[] = []): OptionProblem[] {
  return issues.flatMap((issue): OptionProblem[] => {
    const keys = [...base, ...issue.path]
    const path = pathOf(keys)
    const found = valueAt(root, keys)
    switch (issue.code) {
      case 'invalid_union': {
        const inner = fitting(issue, found)
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
        return issue.keys.map((key) => unknownKey(keys, key))
      case 'invalid_key':
        return [problem(path, keys.at(-1), RULE_KEYS, 'a kind, or kind/cause; see docs/violations.md')]
      case 'invalid_value':
        return [problem(path, found, valuesOf(issue))]
      case 'invalid_type':
        return [problem(path, found, [], issue.expected === 'array' ? 'a list' : `a ${issue.expected}`)]
      default:
        return [problem(path, found, [], issue.message)]
    }
  })
}

function valuesOf(issue: Issue): string[] {
  return issue.code === 'invalid_value' ? issue.values.map(String) : []
}

function pathOf(keys: readonly PropertyKey[]): string {
  return keys.map((key) => shorten(String(key))).join('.') || 'options'
}

function unknownKey(path: readonly PropertyKey[], key: string): OptionProblem {
  const at = pathOf([...path, key])
  if (path.at(-1) === 'rules') return problem(at, key, RULE_KEYS, 'a kind, or kind/cause; see docs/violations.md')
  if (path.length === 0) return problem(at, key, Object.keys(guardOptions.shape))
  return problem(at, key, path.includes('rules') ? RULE_OPTIONS : ['extends', 'rules'])
}

const RULE_OPTIONS = ['afterMs', 'graceMs', 'idleMs', 'onlyRefusals']

/** The kind that an option belongs to. */
const OPTION_KINDS: Readonly<Record<string, string>> = {
  afterMs: 'no-response',
  graceMs: 'truncated-response',
  idleMs: 'truncated-response',
  onlyRefusals: 'body-overwritten',
}

/** Options that a rule does not take. */
function misplacedOptions(value: unknown, path: readonly PropertyKey[]): OptionProblem[] {
  if (typeof value !== 'object' || value === null) return []
  if (path.at(-2) === 'rules' && Array.isArray(value)) {
    const kind = String(path.at(-1)).split('/')[0]
    const names = Object.keys((value[1] as object | undefined) ?? {})
    const misplaced = names.filter((name) => OPTION_KINDS[name] !== undefined && OPTION_KINDS[name] !== kind)
    return misplaced.map((name) =>
      problem(pathOf([...path, 1, name]), name, [], `${name} in the rule ${OPTION_KINDS[name]}`),
    )
  }
  return Object.entries(value).flatMap(([key, inner]) => misplacedOptions(inner, [...path, key]))
}
const MAX_DEPTH = 50

/** What a schema cannot say: a policy that leads back to itself, or that no hand has written. */
function structureProblems(value: unknown, path: readonly PropertyKey[], above: readonly unknown[]): OptionProblem[] {
  if (typeof value !== 'object' || value === null) return []
  if (above.includes(value)) return [problem(pathOf(path), value, [], 'a policy that does not extend itself')]
  if (path.length > MAX_DEPTH) return [problem(pathOf(path.slice(0, 5)), value, [], `at most ${MAX_DEPTH} levels`)]
  return Object.keys(value).flatMap((key) => {
    if (key === '__proto__') return [problem(pathOf([...path, key]), key, [], 'a name of an option')]
    return structureProblems((value as Record<string, unknown>)[key], [...path, key], [...above, value])
  })
}

/** A policy is data; reading it may still fail. */
function allProblems(options: unknown): OptionProblem[] {
  try {
    const policy = typeof options === 'object' ? (options as GuardOptions | null)?.policy : undefined
    const structure = structureProblems(policy, ['policy'], [])
    if (structure.length > 0) return structure
    const result = guardOptions.safeParse(options ?? {})
    return [
      ...(result.success ? [] : problemsOf(result.error.issues, options)),
      ...misplacedOptions(policy, ['policy']),
    ]
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
