import { InvalidOptionsError } from '@respond-once/core'
import { colors } from '../colors.ts'
import { EXIT_CODES } from '../exit.ts'
import { mistakesIn } from './check.ts'
import { hintsOf } from './elsewhere.ts'
import { readPolicy } from './read.ts'
import { doneBy, type Question, type Row, rowsOf } from './rows.ts'
import { tableOf } from './table.ts'

/** A question, and how it is answered. */
export interface Asked extends Question {
  readonly json?: true
}

function print(rows: readonly Row[], hints: readonly string[], notices: readonly string[]): void {
  const lines = rows.map((row) => [
    row.rule,
    doneBy(row),
    row.decidedBy === undefined
      ? 'nobody'
      : `${row.decidedBy}${row.path?.includes('.overrides.') ? ' (override)' : ''}`,
    row.lockedBy?.replace(/(^|; )\S+ is locked by /g, '$1') ?? '',
  ])
  console.log(tableOf(['rule', 'action', 'decided by', 'locked by'], lines))
  if (hints.length > 0) console.log(`\n${hints.map(colors.dim).join('\n')}`)
  for (const notice of notices) console.log(`\n${notice}`)
}

function printData(data: object): void {
  console.log(JSON.stringify(data, undefined, 2))
}

/** Shows the rules that are in force in one case, and whose they are. */
export function printPolicy(file: string, { json, ...question }: Asked): number {
  const found = readPolicy(file, question.environment)
  if (found instanceof InvalidOptionsError) {
    if (json) printData({ file, problems: found.problems })
    else console.error(mistakesIn(file, found))
    return EXIT_CODES.mistakes
  }
  const rows = rowsOf(question.framework === undefined ? found : found.for(question.framework), question)
  const environment = question.environment ?? (process.env.NODE_ENV || 'development')
  const hints = hintsOf(file, found, rows, question, environment)
  const notices = found.notices()
  if (json) printData({ file, ...question, environment, rules: rows, hints, notices })
  else print(rows, hints, notices)
  return EXIT_CODES.fine
}
