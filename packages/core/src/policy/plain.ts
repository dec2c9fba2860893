import { isList, type OptionProblem, type Path, problem, shorten, unreadable } from '../problems.ts'

// Reads anything as plain data: what fails, lies or never ends is a mistake at its place, and nothing else.

const MAX_DEPTH = 8
const MAX_ENTRIES = 10_000

/** Data, and not an instance of something: a Map, a promise that nobody has awaited. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Array.isArray(value) || Object.getPrototypeOf(prototype) === null
}

/** What it is, where it is no plain data. */
function kindOf(value: object): string {
  const { name } = Object(value.constructor) as { readonly name?: unknown }
  const isNamed = typeof name === 'string' && name !== '' && name !== 'Object'
  return isNamed ? `an instance of ${shorten(name)}` : 'an object that inherits from another one'
}

/** The keys and values of an object or a list, each read once. */
export function plainEntries(value: object, path: Path, problems: OptionProblem[]): (readonly [string, unknown])[] {
  try {
    if (!isPlain(value)) {
      problems.push({ ...problem(path, value, [], 'plain data'), found: kindOf(value) })
      return []
    }
    const keys = Object.keys(value)
    if (keys.length > MAX_ENTRIES) {
      problems.push({ ...problem(path, value, [], `at most ${MAX_ENTRIES} entries`), found: `${keys.length} entries` })
      return []
    }
    return keys.flatMap((key) => plainEntry(value, key, path, problems))
  } catch (error) {
    problems.push(unreadable(path, error))
    return []
  }
}

function plainEntry(value: object, key: string, path: Path, problems: OptionProblem[]): (readonly [string, unknown])[] {
  if (key === '__proto__') {
    problems.push(problem([...path, key], key, [], 'a name of an option'))
    return []
  }
  try {
    return [[key, (value as Record<string, unknown>)[key]]]
  } catch (error) {
    problems.push(unreadable([...path, key], error))
    return []
  }
}

/** A copy of plain data; what is no data stays as it is, for the schema to refuse. */
export function plainCopy(value: unknown, path: Path, problems: OptionProblem[], depth: number = MAX_DEPTH): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) {
    problems.push(problem(path, value, [], 'at most so many levels as a policy has'))
    return undefined
  }
  const isArray = isList(value)
  const copies = plainEntries(value, path, problems).map(([key, inner]) => {
    const at = [...path, isArray ? Number(key) : key]
    return [key, plainCopy(inner, at, problems, depth - 1)] as const
  })
  return isArray ? copies.map(([, copy]) => copy) : Object.fromEntries(copies)
}
