import jsTokens from 'js-tokens'
import type pc from 'picocolors'
import { printable, shortFileOf } from './explain.ts'
import { sourceOf } from './source.ts'
import type { CallSite } from './violation.ts'

// Lines of the application's source, with what happened written below them.

/** Paints text, or leaves it as it is. */
export type Colors = ReturnType<typeof pc.createColors>

/** Something to say of a place. */
export interface Mark {
  readonly site: CallSite
  readonly label: string
  readonly note: string
  readonly paint: (text: string) => string
}

/** How wide a report is. */
export const WIDTH = 80
const GUTTER = 12
const AROUND = 2
/** Two places that are nearer are shown in one piece. */
const NEAR = 8

const KEYWORD =
  /^(async|await|break|case|catch|class|const|continue|default|delete|do|else|export|extends|finally|for|from|function|if|import|in|instanceof|let|new|of|return|static|switch|throw|try|typeof|var|void|while|yield|null|true|false|undefined|this)$/

function highlighted(line: string, colors: Colors): string {
  let text = ''
  for (const { type, value } of jsTokens(line)) {
    if (type === 'StringLiteral' || type === 'NoSubstitutionTemplate' || type.startsWith('Template'))
      text += colors.green(value)
    else if (type === 'NumericLiteral') text += colors.yellow(value)
    else if (type.endsWith('Comment')) text += colors.dim(value)
    else if (type === 'IdentifierName' && KEYWORD.test(value)) text += colors.magenta(value)
    else text += value
  }
  return text
}

const shown = (text: string) => printable(text.replaceAll('\t', '  '))

/** A line without its first columns, cut to the width that there is. */
function windowOf(line: string, from: number): string {
  const room = WIDTH - GUTTER
  const text = from > 0 && line.slice(0, from).trim() !== '' ? `…${line.slice(from + 1)}` : line.slice(from)
  return text.length > room ? `${text.slice(0, room - 1)}…` : text
}

/** The note below a line: to the right of the place that it points at or, where there is no room, to the left. */
function noteLine(column: number, { note, paint }: Mark): string {
  const room = WIDTH - GUTTER
  if (column + note.length + 3 <= room) return `${' '.repeat(column)}${paint(`╰─ ${note}`)}`
  if (column >= note.length + 2) return `${' '.repeat(column - note.length - 2)}${paint(`${note} ─╯`)}`
  return paint(note.length > room ? `${note.slice(0, room - 1)}…` : note)
}

function linesOf({ file }: CallSite): readonly string[] | undefined {
  return sourceOf(file)?.text.split(/\r?\n/)
}

/** One piece of source with all of its marks. */
function piece(marks: readonly Mark[], lines: readonly string[], colors: Colors): string[] {
  const numbers = marks.map(({ site }) => site.line)
  let from = Math.max(1, Math.min(...numbers) - AROUND)
  let to = Math.min(lines.length, Math.max(...numbers) + AROUND)
  while (lines[from - 1]?.trim() === '') from++
  while (lines[to - 1]?.trim() === '') to--
  const texts = lines.slice(from - 1, to)
  const indents = texts.filter((text) => text.trim() !== '').map((text) => shown(/^\s*/.exec(text)?.[0] ?? '').length)
  const indent = Math.min(...indents, 40)
  return texts.flatMap((text, index) => {
    const here = marks.filter(({ site }) => site.line === from + index)
    const [first] = here
    const columnOf = ({ site }: Mark) => shown(text.slice(0, site.column - 1)).length
    // Of a long line, that part is shown where something happened.
    const start = first === undefined || columnOf(first) - indent < WIDTH - GUTTER - 24 ? indent : columnOf(first) - 24
    const code = highlighted(windowOf(shown(text), start), colors)
    const number = String(from + index).padStart(5)
    const label = here.map((mark) => mark.paint(mark.label)).join('')
    const pad = ' '.repeat(3 - here.length)
    const gutter = first === undefined ? colors.dim(`   ${number}`) : `${pad}${label}${colors.bold(number)}`
    const notes = here.map((mark) => {
      const column = columnOf(mark) - start
      return `${' '.repeat(9)}${colors.dim('│')} ${noteLine(Math.max(0, column), mark)}`
    })
    return [`${gutter} ${colors.dim('│')} ${code}`.trimEnd(), ...notes]
  })
}

function areNear(marks: readonly Mark[]): boolean {
  const [a, b] = marks
  if (a === undefined || b === undefined || a.site.file !== b.site.file) return false
  return Math.abs(a.site.line - b.site.line) <= NEAR
}

/** The source around the marks: in one piece where they are near each other. */
export function excerpts(marks: readonly Mark[], colors: Colors): string[] {
  const groups = areNear(marks) ? [marks] : marks.map((mark) => [mark])
  return groups.flatMap((group) => {
    const [{ site }] = group as [Mark]
    const places = [...new Set(group.map((mark) => `${mark.site.line}:${mark.site.column}`))].join(', ')
    const title = `  ${colors.cyan(shortFileOf(site))}${colors.dim(`:${places}`)}`
    const lines = linesOf(site)
    if (lines === undefined || lines[site.line - 1] === undefined)
      return [title, ...group.map((mark) => `  ${mark.paint(mark.label)} ${mark.note}`), '']
    return [title, ...piece(group, lines, colors), '']
  })
}
