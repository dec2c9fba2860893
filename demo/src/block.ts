import { readFileSync } from 'node:fs'
import type { OperationRecord, Violation } from '@respond-once/core'
import { ROOT } from './child.ts'
import { shortPath } from './facts.ts'
import { type Finding, findingsOf } from './findings.ts'
import type { Observation } from './observe.ts'
import type { Scenario } from './scenarios.ts'
import { fit, pad, paint, print, WIDTH, wrap } from './terminal.ts'

const INDENT = '  '
const LABEL = 9
const GAP = '  '
const CELL = Math.floor((WIDTH - INDENT.length - LABEL - GAP.length) / 2)
const TEXT = WIDTH - INDENT.length - LABEL

export const MARKS = { good: paint.green('✓'), fair: paint.yellow('!'), bad: paint.red('✗') }
const TINTS = { good: String, fair: String, bad: paint.red }

/** The line between two scenarios: title on the left, request on the right. */
export function rule(left: string, right = ''): string {
  const room = WIDTH - left.length - right.length - (right ? 8 : 5)
  const end = right ? ` ${paint.cyan(right)} ${paint.dim('──')}` : ''
  return `${paint.dim('──')} ${paint.bold(left)} ${paint.dim('─'.repeat(Math.max(2, room)))}${end}`
}

/** Both sides of a scenario, and below them what the guard says about it. */
export function printBlock(plain: Observation, guarded: Observation): void {
  const left = findingsOf(plain)
  const right = findingsOf(guarded)
  print()
  printRow('', [paint.dim('WITHOUT THE GUARD')], [paint.dim('WITH THE GUARD')])
  printRow('client', cell(left.client), cell(right.client))
  printRow('process', cell(left.process), cell(right.process))
  for (const violation of guarded.violations) {
    print()
    printViolation(violation)
  }
  print()
}

export function printMistake({ mistake }: Scenario): void {
  for (const line of wrap(mistake, WIDTH - INDENT.length)) print(`${INDENT}${line}`)
}

/** A finding: its mark, and its text hanging from it. */
export function cell(findings: readonly Finding[], width = CELL): string[] {
  return findings.flatMap(({ mark, text }) =>
    wrap(text, width - 2).map((line, index) => `${index === 0 ? MARKS[mark] : ' '} ${TINTS[mark](line)}`),
  )
}

function printRow(label: string, left: readonly string[], right: readonly string[]): void {
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const name = pad(index === 0 ? label : '', LABEL)
    print(`${INDENT}${paint.dim(name)}${pad(left[index] ?? '', CELL)}${GAP}${right[index] ?? ''}`.trimEnd())
  }
}

function printViolation({ kind, message, hint, first, second }: Violation): void {
  printLabelled('guard', message.replaceAll(ROOT, ''), (line) => emphasize(kind, line))
  printPlaces(first, second)
  printLabelled('fix', hint.replaceAll(ROOT, ''), paint.green)
}

/** The kind stands out of its message. Bold inside dim would end the dim. */
function emphasize(kind: string, line: string): string {
  return line.startsWith(kind) ? paint.bold(kind) + paint.dim(line.slice(kind.length)) : paint.dim(line)
}

function printPlaces(first: OperationRecord | undefined, second: OperationRecord | undefined): void {
  const places = [first, second].map(placeOf)
  const width = Math.max(...places.map(({ length }) => length)) + 2
  const sources = [first, second].map((record) => fit(sourceLine(record), TEXT - width))
  for (const [index, label] of ['first', 'second'].entries()) {
    const place = places[index] ?? ''
    if (place) print(`${INDENT}${paint.dim(pad(label, LABEL))}${paint.cyan(pad(place, width))}${sources[index]}`)
  }
}

function printLabelled(label: string, text: string, tint: (line: string) => string): void {
  for (const [index, line] of wrap(text, TEXT).entries()) {
    print(`${INDENT}${paint.dim(pad(index === 0 ? label : '', LABEL))}${tint(line)}`)
  }
}

function placeOf(record: OperationRecord | undefined): string {
  return record?.site ? `${shortPath(record.site.file)}:${record.site.line}:${record.site.column}` : ''
}

function sourceLine(record: OperationRecord | undefined): string {
  if (!record?.site) return ''
  try {
    return readFileSync(record.site.file, 'utf8').split('\n')[record.site.line - 1]?.trim() ?? ''
  } catch {
    return ''
  }
}
