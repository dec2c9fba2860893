import { circumstances, conclusion, FIGURE_COLUMNS, type Row, rowsOf } from './figures.ts'
import type { Report, TargetReport } from './report.ts'

// A report for a terminal, and for a Markdown page or the summary of a CI job.

const HEAD = ['CPU over it', 'interval', 'verdict', ...FIGURE_COLUMNS.map(({ title }) => title)]

const cellsOf = ({ title, estimate, range, verdict, figures }: Row): readonly string[] => [
  title,
  estimate,
  range,
  verdict,
  ...figures,
]

/** Columns as wide as their widest cell; the first to the left, figures to the right. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  ')
  return rows.map((row) => line(row).trimEnd()).join('\n')
}

function targetText(target: TargetReport): string {
  return columns([[target.name, ...HEAD], ...rowsOf(target).map((row) => cellsOf({ ...row, title: `  ${row.title}` }))])
}

/** A report for a terminal. */
export function terminalReport(report: Report): string {
  const parts = [...report.targets.map(targetText), circumstances(report), `${report.verdict}: ${conclusion(report)}`]
  return parts.join('\n\n').replace('inconclusive: inconclusive:', 'inconclusive:')
}

/** As it is, on a page: the path of a request may hold anything, and `/__health__` is no bold word. */
const plain = (text: string): string => text.replace(/[\\`*_~[\]<>|#]|&(?=#?\w+;)/g, '\\$&')

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(plain).join(' | ')} |`
  return [line(head), `|---|${'---:|'.repeat(head.length - 1)}`, ...rows.map(line)].join('\n')
}

/** A target's table in Markdown. */
export function markdownTable(target: TargetReport): string {
  return table([target.name, ...HEAD], rowsOf(target).map(cellsOf))
}

const MARKS = { pass: '✅', over: '❌', inconclusive: '❔' } as const

/** A report in Markdown. */
export function markdownReport(report: Report): string {
  // Two colons in a row explain nothing twice.
  const words = plain(conclusion(report).replace('inconclusive: ', 'inconclusive, '))
  const title = `### ${MARKS[report.verdict]} respond-once: ${words}`
  return `${[title, ...report.targets.map(markdownTable), `${plain(circumstances(report))}.`].join('\n\n')}\n`
}
