import { frameworks } from '../../conformance/src/frameworks/all.ts'
import type { Framework } from '../../conformance/src/frameworks/framework.ts'
import { programSources } from '../../conformance/src/runner/program-source.ts'
import { expectedOutcome, expectedViolations } from '../../conformance/src/scenarios/expected.ts'
import type { Faulty, Outcome } from '../../conformance/src/scenarios/scenario.ts'
import { scenarios } from '../../conformance/src/scenarios/table.ts'
import { VIOLATION_KINDS } from '../../packages/core/src/violation.ts'

// The table of `docs/behaviour.md`: what the conformance suite expects, and has seen, of each framework.

/** The newest version of each major stands for it. */
const COLUMNS: { readonly [name: string]: string } = {
  express5: 'Express 5',
  express4: 'Express 4',
  koa3: 'Koa 3',
  koa2: 'Koa 2',
  fastify5: 'Fastify 5',
  fastify4: 'Fastify 4',
  http: 'node:http',
  http2: 'node:http2',
}

interface Column {
  readonly title: string
  readonly framework: Framework
  readonly programs: ReadonlySet<string>
}

const columns: readonly Column[] = Object.entries(COLUMNS).flatMap(([name, title]) => {
  const framework = frameworks.find((one) => one.name === name)
  return framework === undefined ? [] : [{ title, framework, programs: new Set(programSources(framework).keys()) }]
})

/** Two expectations, patterns among them, as something that can be compared. */
const written = (expected: unknown) =>
  JSON.stringify(expected, (_key, value) => (value instanceof RegExp ? String(value) : value))

/** What the client gets instead of the first answer; empty where it gets that one, or where it is a matter of luck. */
function differenceTo(first: Outcome, { status, body, headers, open = [] }: Outcome): string {
  if (open.includes('status') || open.includes('body')) return ''
  if (status === null) return 'no answer'
  if (status !== undefined && status !== first.status) return `${status} instead`
  if (written(body) !== written(first.body)) return 'another body'
  return written(headers) === written(first.headers) ? '' : 'other headers'
}

/** What the client and the process see, in a few words; `answer` is the first answer, whole. */
function wordsFor(outcome: Outcome, first: Outcome): string {
  const notes = (outcome.notes ?? []).filter((note) => note.includes('protected'))
  const ending =
    outcome.alive === false
      ? '**process dies**'
      : { hang: '**client hangs**', cut: '**answer cut**', closed: 'connection closed', left: '', complete: '' }[
          outcome.ending ?? 'complete'
        ]
  const words = [differenceTo(first, outcome), ending, ...notes.map((note) => `**${note}**`)].filter(
    (part) => part !== '',
  )
  return words.length === 0 ? 'first answer' : words.join(', ')
}

function cellOf(scenario: Faulty, { framework, programs }: Column, mode: 'plain' | 'protect'): string | undefined {
  if (!programs.has(scenario.id)) return undefined
  return wordsFor(expectedOutcome(scenario, framework, mode), scenario.answer)
}

/** The same for all columns that have it, or each by name. */
function guardedCell(scenario: Faulty): string {
  const cells = columns.flatMap((column) => {
    const words = cellOf(scenario, column, 'protect')
    return words === undefined ? [] : [{ title: column.title, words }]
  })
  const different = new Set(cells.map(({ words }) => words))
  if (different.size === 1) return cells[0]?.words ?? ''
  return [...different]
    .map((words) => {
      const titles = cells.filter((cell) => cell.words === words).map(({ title }) => title)
      return `${titles.join(', ')}: ${words}`
    })
    .join('; ')
}

/** What is told, where some framework can express it: the first one's words count for all. */
function causesOf(scenario: Faulty): string {
  const column = columns.find(({ programs }) => programs.has(scenario.id))
  const [told] = column === undefined ? [] : expectedViolations(scenario, column.framework)
  return told?.cause === undefined ? '' : `\`${told.cause}\``
}

function isFaulty(scenario: (typeof scenarios)[number]): scenario is Faulty {
  return scenario.verdict === 'faulty' && columns.some(({ programs }) => programs.has(scenario.id))
}

/** One section for each kind of violation that the suite has a mistake of. */
export function behaviour(): string {
  return VIOLATION_KINDS.flatMap((kind) => {
    const rows = scenarios.filter(isFaulty).filter(({ told }) => told[0]?.kind === kind)
    return rows.length === 0 ? [] : [`## \`${kind}\``, tableOf(rows)]
  }).join('\n\n')
}

function tableOf(rows: readonly Faulty[]): string {
  const shown = columns.filter(({ programs }) => rows.some(({ id }) => programs.has(id)))
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    line(['mistake', ...shown.map(({ title }) => title), 'guarded', 'cause']),
    `|${'---|'.repeat(shown.length + 3)}`,
    ...rows.map((scenario) =>
      line([
        scenario.title,
        ...shown.map((column) => cellOf(scenario, column, 'plain') ?? ''),
        guardedCell(scenario),
        causesOf(scenario),
      ]),
    ),
  ].join('\n')
}
