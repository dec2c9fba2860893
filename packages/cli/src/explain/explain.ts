import { codeOf, VIOLATION_KINDS, type ViolationKind } from '@respond-once/core'
import leven from 'leven'
import { tableOf } from '../policy/table.ts'
import { BEHAVIOUR, VIOLATIONS } from './pages.ts'

/** Where the pages are. */
const LINK = 'https://www.npmjs.com/package/@respond-once/core'

/** How many mistakes are shown of what the frameworks make of them. */
const MAX_MISTAKES = 8

function kindOf(name: string): ViolationKind | undefined {
  const wanted = name.toLowerCase()
  return VIOLATION_KINDS.find((kind) => kind === wanted || codeOf(kind).toLowerCase() === wanted)
}

/** The nearest kind to a name, where it is near enough to be a typo. */
export function nearestKind(name: string): string | undefined {
  const wanted = name.slice(0, 64).toLowerCase()
  const names = VIOLATION_KINDS.flatMap((kind) => [kind, codeOf(kind)])
  const near = names
    .map((known) => ({ known, distance: leven(wanted, known.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0]
  return near !== undefined && near.distance <= Math.max(2, wanted.length / 3) ? near.known : undefined
}

/** The blocks of a page say of their examples how they are run. */
const LABELS: Readonly<Record<string, string>> = { wrong: 'Wrong', right: 'Right' }

/** What is written for a terminal: no comments of the generator, no fences. */
function plain(section: string): string {
  return section
    .replace(/<!--.*?-->\n?/g, '')
    .replace(/^```\w* (wrong|right) .*\n([\s\S]*?)^```$/gm, (_all, kind: string, code: string) => {
      return `${LABELS[kind]}:\n\n${code.replace(/^(?=.)/gm, '    ')}`
    })
    .replace(/^```.*\n([\s\S]*?)^```$/gm, (_all, code: string) => code.replace(/^(?=.)/gm, '    '))
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

const cellsOf = (line: string) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.replace(/[*`]/g, '').trim())

/** What each framework does with mistakes of a kind when nothing watches. */
function nativeBehaviour(kind: ViolationKind): string {
  const section = BEHAVIOUR.split(/^(?=## )/m).find((one) => one.startsWith(`## \`${kind}\`\n`)) ?? ''
  const [head, , ...rows] = section.split('\n').filter((line) => line.startsWith('|'))
  if (head === undefined) return ''
  const table = tableOf(cellsOf(head), rows.slice(0, MAX_MISTAKES).map(cellsOf))
  const more = rows.length > MAX_MISTAKES ? `\n… and ${rows.length - MAX_MISTAKES} more in docs/behaviour.md` : ''
  return `## Without the guard, and guarded\n\n${table}${more}\n\n`
}

/** What the documentation says of a kind; undefined where there is none of that name. */
export function explain(name: string): string | undefined {
  const kind = kindOf(name)
  if (kind === undefined) return undefined
  const section = VIOLATIONS.split(/^(?=## )/m).find((one) => one.startsWith(`## \`${kind}\`\n`))
  if (section === undefined) return undefined
  const text = plain(section.replace('`', '').replace('`', ''))
  return `${text}\n\n${nativeBehaviour(kind)}More: ${LINK}, docs/violations.md#${kind}`
}
