import leven from 'leven'
import { z } from 'zod'
import { printable } from './explain.ts'

/** One mistake in the options: where, what was found, what is allowed. */
export interface OptionProblem {
  readonly path: string
  readonly found: string
  readonly allowed: string
  readonly suggestion?: string
}

/** More are not shown in a message; `problems` has them all. */
const MAX_SHOWN = 100

/** Thrown at start-up for options or a policy that cannot be used, with every mistake in it. */
export class InvalidOptionsError extends TypeError {
  override readonly name = 'InvalidOptionsError'
  readonly code = 'RESPOND_ONCE_INVALID_OPTIONS'
  readonly problems: readonly OptionProblem[]

  constructor(problems: readonly OptionProblem[], title = 'respond-once cannot start') {
    const lines = problems.slice(0, MAX_SHOWN).map(lineOf)
    if (problems.length > MAX_SHOWN) lines.push(`  - and ${problems.length - MAX_SHOWN} more`)
    super(`${title}, ${problems.length} mistake(s) in its options:\n${lines.join('\n')}`)
    this.problems = problems
  }
}

function lineOf({ path, found, allowed, suggestion }: OptionProblem): string {
  return `  - ${path}: found ${found}; allowed: ${allowed}${suggestion ? `; did you mean "${suggestion}"?` : ''}`
}

/** Where something is in what was passed. */
export type Path = readonly PropertyKey[]

/** What is found may be anything, of any length. */
export function shorten(text: string, length: number = 80): string {
  return printable(text.length > length ? `${text.slice(0, length)}…` : text)
}

/** Why something failed: at length, because nothing else will say it. */
export function reasonOf(error: unknown): string {
  if (typeof error === 'string') return shorten(error, 500)
  if (!(error instanceof Error)) return 'unknown error'
  return shorten(error.message.replace(/\nRequire stack:.*/s, ''), 500)
}

/** Whether it is a list. Of a proxy that was revoked nobody can tell: asking throws. */
export function isList(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value)
  } catch {
    return false
  }
}

/** Whether it has keys of its own choice: an object, and no list. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !isList(value)
}

/** A value in few words. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `"${shorten(value)}"`
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value === undefined) return 'nothing'
  return isList(value) ? 'an array' : typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** `policy.rules.late-header`. */
export function pathOf(path: Path): string {
  return path.map((key) => shorten(String(key))).join('.') || 'options'
}

/** The nearest of some names, where it is near enough to be a typo. */
export function nearest(found: unknown, names: readonly string[]): string | undefined {
  if (typeof found !== 'string' || found.length > 64) return undefined
  const allowed = Math.max(2, found.length / 3)
  // There may be thousands of typos: a name of quite another length is not looked at.
  const near = names.filter((name) => Math.abs(name.length - found.length) <= allowed)
  const distances = near.map((name) => ({ name, distance: leven(found.toLowerCase(), name.toLowerCase()) }))
  const best = distances.sort((a, b) => a.distance - b.distance)[0]
  return best !== undefined && best.distance <= allowed ? best.name : undefined
}

/** A mistake, with the nearest of the names that are allowed. */
export function problem(
  path: Path,
  found: unknown,
  names: readonly string[],
  allowed: string = names.join(', '),
): OptionProblem {
  const suggestion = nearest(found, names)
  return { path: pathOf(path), found: show(found), allowed, ...(suggestion === undefined ? {} : { suggestion }) }
}

/** What a schema has found fault with, in something that stands under a path. */
export interface Fault {
  readonly issues: readonly Issue[]
  readonly root: unknown
  readonly path: Path
  /** What to say of a name that the schema does not know. */
  unknownName(path: Path, name: string): OptionProblem
  /** What is allowed, in words, where a list of values would be too long; or nothing. */
  inWords(path: Path): string | undefined
}

type Issue = z.core.$ZodIssue

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], root)
}

/** Of a union's branches, the one that what was found was meant for: the one that found fault with its inside. */
function fitting({ errors }: Extract<Issue, { code: 'invalid_union' }>, found: unknown): readonly Issue[] | undefined {
  const isWhole = ({ path, code }: Issue) => path.length === 0 && (code === 'invalid_type' || code === 'invalid_value')
  const inner = errors.filter((branch) => branch.length > 0 && !branch.some(isWhole))
  if (!Array.isArray(found)) return inner[0]
  return inner.find((branch) => branch.some(({ path }) => typeof path[0] === 'number'))
}

function valuesOf(issue: Issue): string[] {
  return issue.code === 'invalid_value' ? issue.values.map(String) : []
}

const TYPES: { readonly [expected: string]: string } = {
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
}

/** What a schema finds fault with. Where it has no words of its own, ours do not depend on how an application has set zod. */
export function issuesOf(schema: z.core.$ZodType, value: unknown): readonly Issue[] {
  const error: z.core.$ZodErrorMap = ({ code, expected }) =>
    code === 'invalid_type' ? (TYPES[String(expected)] ?? String(expected)) : undefined
  return z.safeParse(schema, value, { error }).error?.issues ?? []
}

/** The mistakes that a schema has found. */
export function problemsOf(fault: Fault): OptionProblem[] {
  return fault.issues.flatMap((issue): OptionProblem[] => {
    const path = [...fault.path, ...issue.path]
    const found = valueAt(fault.root, issue.path)
    switch (issue.code) {
      case 'invalid_union': {
        const inner = fitting(issue, found)
        if (inner !== undefined) return problemsOf({ ...fault, issues: inner, root: found, path })
        const names = issue.errors.flatMap((branch) => branch.flatMap(valuesOf))
        return [problem(path, found, names, `${names.join(', ')}, or [action, options]`)]
      }
      case 'unrecognized_keys':
        return issue.keys.map((key) => fault.unknownName(path, key))
      case 'invalid_value':
        return [problem(path, found, valuesOf(issue), fault.inWords(path))]
      default:
        return [problem(path, found, [], issue.message)]
    }
  })
}

/** What fails, or lies, when it is read. */
export function unreadable(path: Path, error: unknown): OptionProblem {
  return {
    path: pathOf(path),
    found: `something that fails when it is read: ${reasonOf(error)}`,
    allowed: 'plain data',
  }
}

/** A function, for a schema: what it is called with cannot be checked. */
export const aFunction = <T>(): z.ZodType<T> => z.custom<T>((value) => typeof value === 'function', 'a function')

/** Options as they were read, each once, and what is wrong with them. */
export interface ReadOptions {
  readonly read: Readonly<Record<string, unknown>>
  readonly problems: readonly OptionProblem[]
}

/** Reads options as somebody has passed them, one by one: what fails in one does not hide the mistakes in others. */
export function readOptions(
  { shape }: z.ZodObject,
  options: unknown,
  namesAt: (path: Path) => readonly string[] = () => Object.keys(shape),
): ReadOptions {
  const read: Record<string, unknown> = {}
  const unknownName = (path: Path, name: string) => problem([...path, name], name, namesAt(path))
  const readOne = (name: string): readonly OptionProblem[] => {
    const schema = Object.hasOwn(shape, name) ? shape[name] : undefined
    if (schema === undefined) return [unknownName([], name)]
    try {
      const value = (options as Readonly<Record<string, unknown>>)[name]
      read[name] = value
      return problemsOf({
        issues: issuesOf(schema, value),
        root: value,
        path: [name],
        unknownName,
        inWords: () => undefined,
      })
    } catch (error) {
      return [unreadable([name], error)]
    }
  }
  try {
    if (!isObject(options)) {
      return { read, problems: [problem([], options, [], 'an object')] }
    }
    const names = new Set([...Object.keys(shape), ...Object.keys(options)])
    return { read, problems: [...names].flatMap(readOne) }
  } catch (error) {
    return { read, problems: [unreadable([], error)] }
  }
}
