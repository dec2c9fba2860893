import { type CompiledPolicy, FRAMEWORKS, InvalidOptionsError } from '@respond-once/core'
import { readPolicy } from './read.ts'
import { doneBy, type Question, type Row, rowsOf } from './rows.ts'

// What the answer depends on that was not asked about.

/** A policy does not say which environments its overrides name: these are what most services have. */
const USUAL_ENVIRONMENTS = ['development', 'test', 'staging', 'production']

/** The rules that are in force somewhere else. */
interface Elsewhere {
  readonly name: string
  readonly rows: readonly Row[]
}

const listFormat = new Intl.ListFormat('en')

/** What a rule says; a cause of which nothing is said goes by its kind. */
function saidOf(rows: readonly Row[], { kind, rule }: Row): string | undefined {
  const row = rows.find((one) => one.rule === rule) ?? rows.find((one) => one.rule === kind)
  return row && doneBy(row)
}

/** The rules that are others elsewhere, each with the places where it is the same. */
function differences(here: readonly Row[], places: readonly Elsewhere[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const { name, rows } of places) {
    const rules = new Map([...here, ...rows].map((row) => [row.rule, row]))
    for (const [rule, row] of rules) {
      const said = saidOf(rows, row)
      if (said === undefined || said === saidOf(here, row)) continue
      const text = `${rule} is ${said}`
      found.set(text, [...(found.get(text) ?? []), name])
    }
  }
  return found
}

function hintsFor(option: string, word: string, here: readonly Row[], places: readonly Elsewhere[]): string[] {
  return [...differences(here, places)].map(
    ([text, names]) => `${word} ${listFormat.format(names)}, ${text}: ask with ${option}.`,
  )
}

function environmentHints(file: string, here: readonly Row[], question: Question, environment: string): string[] {
  if (question.environment !== undefined) return []
  const places = USUAL_ENVIRONMENTS.flatMap((name): Elsewhere[] => {
    const policy = name === environment ? undefined : readPolicy(file, name)
    if (policy === undefined || policy instanceof InvalidOptionsError) return []
    return [{ name, rows: rowsOf(question.framework ? policy.for(question.framework) : policy, question) }]
  })
  const hints = hintsFor('--environment', 'In', here, places)
  return [`This holds in ${environment}: ask about others with --environment.`, ...hints]
}

function caseHints(policies: readonly CompiledPolicy[], { route, method }: Question): string[] {
  const options = [...(route === undefined ? ['--route'] : []), ...(method === undefined ? ['--method'] : [])]
  if (options.length === 0 || !policies.some(({ varies }) => varies)) return []
  return [`Overrides may decide otherwise: ask with ${options.join(' and ')}.`]
}

/** What to ask for where the answer is another one, in sentences. */
export function hintsOf(
  file: string,
  policy: CompiledPolicy,
  rows: readonly Row[],
  question: Question,
  environment: string,
): readonly string[] {
  const frameworks = question.framework === undefined ? FRAMEWORKS : [question.framework]
  const places = frameworks.map((name) => ({ name, rows: rowsOf(policy.for(name), question) }))
  return [
    ...environmentHints(file, rows, question, environment),
    ...(question.framework === undefined ? hintsFor('--framework', 'On', rows, places) : []),
    ...caseHints(
      frameworks.map((name) => policy.for(name)),
      question,
    ),
  ]
}
