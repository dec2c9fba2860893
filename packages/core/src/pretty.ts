import { stripVTControlCharacters } from 'node:util'
import pc from 'picocolors'
import { type Colors, excerpts, type Mark, WIDTH } from './excerpt.ts'
import { printable, requestOf, timeBetween } from './explain.ts'
import type { Repeats, Reporter } from './options.ts'
import type { OperationRecord, Violation, ViolationKind } from './violation.ts'
import { CAUSE_SENTENCES, KIND_SENTENCES } from './wording.ts'

/** Where a report is written to. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  /** A terminal says how many colours it has, by its kind and the environment. */
  hasColors?(): boolean
}

/** Each kind has a section there. */
const DOCS = 'https://npmjs.com/package/@respond-once/core'

function hasColors(output: Output): boolean {
  const { NO_COLOR } = process.env
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false
  return output.isTTY === true && (output.hasColors?.() ?? process.env.TERM !== 'dumb')
}

/** Words in lines of a width; what is longer than a line stands in one of its own. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  // What stands between backticks is code, and stays in one piece.
  for (const word of text.match(/[^\s`]*`[^`]*`\S*|\S+/g) ?? []) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
    while (line.length > width && /[\\/]/.test(line.slice(1, width))) {
      const cut = Math.max(line.lastIndexOf('/', width - 1), line.lastIndexOf('\\', width - 1)) + 1
      lines.push(line.slice(0, cut))
      line = line.slice(cut)
    }
  }
  return [...lines, line]
}

const LABEL = 9

/** A label, as wide as all of them. */
function labelled(label: string): string {
  return `  ${label}${' '.repeat(LABEL - 2 - stripVTControlCharacters(label).length)}`
}

function row(label: string, text: string, colors: Colors): string[] {
  return wrapped(text, WIDTH - LABEL).map(
    (line, index) => `${index === 0 ? labelled(label) : ' '.repeat(LABEL)}${quoted(line, colors)}`,
  )
}

/** What stands between backticks is code. */
function quoted(text: string, colors: Colors): string {
  return text.replace(/`[^`]*`/g, (code) => colors.bold(code))
}

/** What the first operation did, in the middle of a sentence. */
const DID: { readonly [K in ViolationKind]?: string } = {
  'next-called-twice': 'passed on',
  'truncated-response': 'began the body',
  'length-mismatch': 'gave the length',
  'body-overwritten': 'gave a body',
}

function firstNote({ kind }: Violation, { operation, statusCode }: OperationRecord): string {
  const verb = DID[kind] ?? 'answered'
  return statusCode === undefined || verb !== 'answered'
    ? `${operation} ${verb}`
    : `${operation} ${verb} with ${statusCode}`
}

function secondNote({ kind, first }: Violation, second: OperationRecord): string {
  if (kind === 'no-response') return `${second.operation}, the last step that was seen`
  return first === undefined ? second.operation : `${second.operation}, ${timeBetween(first, second)} later`
}

function marksOf(violation: Violation, colors: Colors): { readonly marks: readonly Mark[]; readonly rest: string[] } {
  const { first, second } = violation
  const marks: Mark[] = []
  const rest: string[] = []
  const add = (operation: OperationRecord, label: string, note: string, paint: Mark['paint']) => {
    if (operation.site === undefined)
      rest.push(`  ${paint(label)} ${note} ${colors.dim('(at a place that is not known)')}`)
    else marks.push({ site: operation.site, label, note, paint })
  }
  if (first !== undefined) add(first, '1', firstNote(violation, first), (text) => colors.green(text))
  if (second !== undefined) add(second, '2', secondNote(violation, second), (text) => colors.red(text))
  return { marks, rest: rest.length > 0 ? [...rest, ''] : rest }
}

const DONE = {
  report: 'reported only',
  suppress: 'suppressed: the late operation was not performed',
  throw: 'thrown at the late call',
} as const

/** What suppressing means where no operation is held back. */
const SUPPRESSED: { readonly [K in ViolationKind]?: string } = {
  'next-called-twice': 'suppressed: the later handlers did not run again',
  'error-after-response': 'suppressed: the first response stands, and the error goes no further',
  'truncated-response': 'suppressed: the connection is cut, so that the client sees a failure',
}

function doneBy({ kind, action }: Violation): string {
  return action === 'suppress' ? (SUPPRESSED[kind] ?? DONE.suppress) : DONE[action]
}

/** A violation in lines of at most 80 columns, for a person at a terminal. */
export function prettyReport(violation: Violation, colors: Colors): string {
  const { kind, cause, state, framework, hint, fingerprint } = violation
  const { marks, rest } = marksOf(violation, colors)
  const request = requestOf(violation)
  const title = `${colors.red(colors.bold(`✖ ${kind}`))} ${colors.dim('on')} ${colors.bold(request)}`
  const sentences = `${KIND_SENTENCES[kind]} ${CAUSE_SENTENCES[cause]}`
  return [
    '',
    title,
    ...wrapped(sentences, WIDTH - 2).map((line) => `  ${quoted(line, colors)}`),
    '',
    ...excerpts(marks, colors),
    ...rest,
    ...row(colors.bold('fix'), hint, colors),
    ...row(colors.dim('done'), doneBy(violation), colors),
    ...row(colors.dim('cause'), `${cause} · the response was ${state} · ${framework} · ${fingerprint}`, colors),
    `${labelled(colors.dim('docs'))}${colors.dim(colors.underline(`${DOCS}#${kind}`))}`,
  ].join('\n')
}

/** What was seen again since the last report. */
function repeatLine({ message }: Violation, { count, forMs }: Repeats, colors: Colors): string {
  const times = `${count.toLocaleString('en-US')} more in ${Math.max(1, Math.round(forMs / 1000))} s`
  return wrapped(`${times}: ${printable(message)}`, WIDTH - 2)
    .map((line, index) => (index === 0 ? `${colors.red('✖')} ${line}` : `  ${line}`))
    .join('\n')
}

/** Readable text for a terminal, by default on stderr. Colours only on a terminal, and never with `NO_COLOR`. */
export function prettyReporter(output: Output = process.stderr): Reporter {
  return {
    report(violation, repeats) {
      const colors = pc.createColors(hasColors(output))
      const text = repeats === undefined ? prettyReport(violation, colors) : repeatLine(violation, repeats, colors)
      output.write(`${text}\n`)
    },
  }
}
