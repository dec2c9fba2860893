import type { ZodType } from 'zod'
import { placeOf } from '../explain.ts'
import {
  isList,
  isObject,
  issuesOf,
  nearest,
  type OptionProblem,
  type Path,
  pathOf,
  problem,
  problemsOf,
  shorten,
} from '../problems.ts'
import { definitionOf } from './define.ts'
import {
  isPreset,
  OPTION_KINDS,
  type Override,
  type Policy,
  PRESET_NAMES,
  PRESET_OVERRIDES,
  PRESETS,
  type PresetName,
  RULE_KEYS,
  type Rules,
} from './model.ts'
import { applicationFile, isName, loadNamed, loadProblem } from './named.ts'
import { plainCopy, plainEntries } from './plain.ts'
import { ownPolicy, PARTS, RULES } from './schema.ts'

// Reads what somebody has passed as a policy: once, whatever it is, into plain data that has been checked.

/** A policy as it was read, with those that it starts from. */
export interface PolicyNode {
  readonly path: Path
  /** Who it is of: a preset, a package, a line; where nothing is known, its path. */
  readonly label: string
  readonly preset: PresetName | undefined
  readonly bases: readonly PolicyNode[]
  readonly own: Omit<Policy, 'extends'>
}

/** What was read, and what is wrong with it. */
export interface Reading {
  readonly root: PolicyNode
  readonly problems: readonly OptionProblem[]
}

/** The file that names are looked up from and, where a policy was found by its name, that name. */
interface Place {
  readonly from: string
  readonly name?: string
}

/** A policy that is being read. */
interface Open {
  readonly value: object
  readonly file: string | undefined
  readonly name: string
}

const MAX_DEPTH = 50
const MAX_POLICIES = 1000

const POLICY = `${PRESET_NAMES.join(', ')}, or a policy`
const BASE = `${PRESET_NAMES.join(', ')}, a policy, or the name of an installed package`
const KEY = 'a kind, or kind/cause; see docs/violations.md'

function unknownName(path: Path, name: string): OptionProblem {
  const at = [...path, name]
  const list = path.at(-2)
  if (path.at(-1) === 'rules') return problem(at, name, RULE_KEYS, KEY)
  if (path.at(-3) === 'rules') return unknownOption(at, name, String(path.at(-2)))
  return problem(at, name, list === 'overrides' || list === 'exemptions' ? PARTS[list] : PARTS.policy)
}

/** An option that a rule does not take. A misspelt rule is read as the one that it was meant for. */
function unknownOption(path: Path, name: string, key: string): OptionProblem {
  const [kind] = (nearest(key, RULE_KEYS) ?? key).split('/')
  const options = Object.entries(OPTION_KINDS).flatMap(([option, owner]) => (owner === kind ? [option] : []))
  const owner = Object.entries(OPTION_KINDS).find(([option]) => option === name)?.[1]
  const elsewhere = owner === undefined ? '' : `; ${name} is an option of ${owner}`
  return problem(path, name, options, `${options.join(', ') || 'no options'}${elsewhere}`)
}

function inWords(path: Path): string | undefined {
  if (path.at(-2) === 'locked') return KEY
  return path.at(-2) === 'methods' ? 'a method of HTTP, in capitals' : undefined
}

class Reader {
  readonly problems: OptionProblem[] = []
  #count = 0

  readRoot(value: unknown, path: Path, place: Place): PolicyNode {
    if (typeof value === 'string' && isPreset(value)) return presetNode(value, path)
    if (isObject(value)) return this.#read(value, path, place, [])
    this.problems.push(problem(path, value, PRESET_NAMES, POLICY))
    return presetNode('protect', path)
  }

  #read(value: object, path: Path, place: Place, above: readonly Open[]): PolicyNode {
    const label = labelOf(value, path, place)
    const bare: PolicyNode = { path, label, preset: undefined, bases: [], own: {} }
    const file = place.name === undefined ? undefined : place.from
    const again = above.findIndex((open) => open.value === value || (file !== undefined && open.file === file))
    if (again !== -1) {
      const cycle = [...above.slice(again), above[again]].map((open) => open?.name).join(' → ')
      const found = `a cycle: ${cycle}`
      this.problems.push({ ...problem(path, value, [], 'a policy that does not extend itself'), found })
      return bare
    }
    if (above.length >= MAX_DEPTH || ++this.#count > MAX_POLICIES) {
      const allowed = `at most ${MAX_DEPTH} levels and ${MAX_POLICIES} policies`
      if (this.#count <= MAX_POLICIES + 1) this.problems.push(problem(path.slice(0, 5), value, [], allowed))
      return bare
    }
    const entries = new Map(plainEntries(value, path, this.problems))
    const opened = [...above, { value, file, name: place.name ?? pathOf(path) }]
    const bases = this.#bases(entries.get('extends'), path, place, opened)
    entries.delete('extends')
    return { ...bare, bases, own: this.#own(Object.fromEntries(entries), path) }
  }

  #own(value: Readonly<Record<string, unknown>>, path: Path): Omit<Policy, 'extends'> {
    const before = this.problems.length
    const root = plainCopy(value, path, this.problems)
    if (this.problems.length > before) return {}
    this.#check(ownPolicy, root, path)
    const { rules, overrides } = root as { readonly rules?: unknown; readonly overrides?: unknown }
    this.#checkRules(rules, [...path, 'rules'])
    for (const [at, override] of (Array.isArray(overrides) ? overrides : []).entries()) {
      this.#checkRules((override as Override | null)?.rules, [...path, 'overrides', at, 'rules'])
    }
    return sound(root as Omit<Policy, 'extends'>, path, this.problems.slice(before))
  }

  #checkRules(rules: unknown, path: Path): void {
    if (!isObject(rules)) return
    for (const [key, rule] of Object.entries(rules)) {
      const unknown = RULES.has(key) ? undefined : unknownName(path, key)
      if (unknown !== undefined) this.problems.push(unknown)
      // What a misspelt rule says may be wrong too: it is read as the rule that it was meant for.
      const schema = RULES.get(unknown === undefined ? key : (unknown.suggestion ?? ''))
      if (schema !== undefined) this.#check(schema, rule, [...path, key])
    }
  }

  #check(schema: ZodType, root: unknown, path: Path): void {
    this.problems.push(...problemsOf({ issues: issuesOf(schema, root), root, path, unknownName, inWords }))
  }

  #bases(value: unknown, path: Path, place: Place, above: readonly Open[]): PolicyNode[] {
    if (value === undefined) return [presetNode('protect', path)]
    const at = [...path, 'extends']
    if (!isList(value)) return this.#base(value, at, place, above)
    return plainEntries(value, at, this.problems).flatMap(([key, base]) =>
      this.#base(base, [...at, Number(key)], place, above),
    )
  }

  #base(value: unknown, path: Path, { from }: Place, above: readonly Open[]): PolicyNode[] {
    if (typeof value === 'string') return this.#named(value, path, from, above)
    if (isObject(value)) return [this.#read(value, path, { from }, above)]
    this.problems.push(problem(path, value, PRESET_NAMES, BASE))
    return []
  }

  #named(name: string, path: Path, from: string, above: readonly Open[]): PolicyNode[] {
    if (isPreset(name)) return [presetNode(name, path)]
    try {
      const named = isName(name) ? loadNamed(name, from) : undefined
      if (named === undefined) this.problems.push(problem(path, name, PRESET_NAMES, BASE))
      else if (!isObject(named.value)) {
        this.problems.push({
          ...problem(path, named.value, [], 'a policy'),
          found: `"${shorten(name)}", which exports none`,
        })
      } else return [this.#read(named.value, path, { from: named.file, name }, above)]
    } catch (error) {
      this.problems.push(loadProblem(path, name, from, error))
    }
    return []
  }
}

/** What of a policy is without a mistake: it may loosen what another one has locked, and that is to be said too. */
function sound(own: Omit<Policy, 'extends'>, path: Path, problems: readonly OptionProblem[]): Omit<Policy, 'extends'> {
  if (problems.length === 0) return own
  // Each mistake once: there may be as many of them as there are parts. No name of a part has a dot.
  const above = pathOf(path).length + 1
  const unsound = new Set(problems.map((found) => found.path.slice(above).split('.', 2).join('.')))
  const isSound = (...keys: Path) => !unsound.has(pathOf(keys))
  const { rules, overrides, locked, exemptions } = own
  const list = <T>(name: string, items: readonly T[] | undefined) =>
    Array.isArray(items) ? (items as readonly T[]).filter((_, at) => isSound(name, at)) : []
  return {
    rules: Object.fromEntries(
      Object.entries(isObject(rules) ? rules : {}).filter(([key]) => isSound('rules', key)),
    ) as Rules,
    overrides: list('overrides', overrides),
    locked: list('locked', locked),
    exemptions: list('exemptions', exemptions),
  }
}

function presetNode(preset: PresetName, path: Path): PolicyNode {
  const { [preset]: overrides = [] } = PRESET_OVERRIDES
  return { path, label: preset, preset, bases: [], own: { rules: PRESETS[preset], overrides } }
}

/** Who a policy is of, and where that is. */
function labelOf(value: object, path: Path, { from, name }: Place): string {
  const definition = definitionOf(value)
  const who = name ?? definition?.packageName
  const place =
    definition?.place ??
    (name === undefined ? undefined : placeOf({ file: from, line: 0, column: 0 }).replace(/:0:0$/, ''))
  if (place === undefined) return pathOf(path)
  return who === undefined ? place : `${who} (${place})`
}

/** Reads a policy, which stands under a path in what was passed. Names are looked up as seen from a file. */
export function readPolicy(value: unknown, path: Path = ['policy'], from: string = applicationFile()): Reading {
  const reader = new Reader()
  const root = reader.readRoot(value, path, { from })
  return { root, problems: reader.problems }
}
