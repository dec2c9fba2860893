import { CAUSES, type Cause, codeOf, VIOLATION_KINDS, type ViolationKind } from '@respond-once/core'
import { nearest } from '../nearest.ts'
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

function causeOf(name: string): Cause | undefined {
  const wanted = name.toLowerCase()
  return CAUSES.find((cause) => cause === wanted)
}

/** The nearest name of something that can be explained, where it is near enough to be a typo. */
export function nearestName(name: string): string | undefined {
  const kinds = VIOLATION_KINDS.flatMap((kind) => [kind, codeOf(kind)])
  const [kind = '', cause] = name.split('/')
  if (cause === undefined) return nearest(name, [...kinds, ...CAUSES])
  const near = [nearest(kind, kinds), nearest(cause, CAUSES)]
  return near.includes(undefined) ? undefined : near.join('/')
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

function sectionOf(title: string): string {
  return VIOLATIONS.split(/^(?=## )/m).find((one) => one.startsWith(`## ${title}\n`)) ?? ''
}

const ofKind = (kind: ViolationKind) => sectionOf(`\`${kind}\``)

/** The causes that the documentation names for a kind. */
export function causesOf(kind: ViolationKind): readonly string[] {
  const [line = ''] = ofKind(kind).match(/^(Usual causes|Causes?): [\s\S]*?\.$/m) ?? []
  return [...line.matchAll(/`([a-z-]+)`/g)].map(([, cause = '']) => cause)
}

/** The fact behind a cause. */
function factOf(cause: Cause): string {
  const rows = sectionOf('Causes').split('\n').map(cellsOf)
  return `The cause ${cause}: ${rows.find(([name]) => name === cause)?.[1] ?? ''}.`
}

function pageOf(kind: ViolationKind): string {
  const text = plain(ofKind(kind).replace(/^## .*\n/, ''))
  return `${text}\n\n${nativeBehaviour(kind)}More: ${LINK}, docs/violations.md#${kind}`
}

function explainKind(kind: ViolationKind, cause: Cause | undefined): string {
  if (cause === undefined) return `## ${kind}\n\n${pageOf(kind)}`
  const usual = causesOf(kind).includes(cause) ? '' : ` It is not one of the usual causes of ${kind}.`
  return `## ${kind}/${cause}\n\n${factOf(cause)}${usual}\n\n${pageOf(kind)}`
}

function explainCause(cause: Cause): string {
  const kinds = VIOLATION_KINDS.filter((kind) => causesOf(kind).includes(cause))
  const rows = kinds.map((kind) => {
    const [, sentence = ''] = ofKind(kind).match(/^\*\*([\s\S]*?)[.]?\*\*/m) ?? []
    return `  ${kind.padEnd(20)}  ${sentence.replace(/\n/g, ' ').replaceAll('`', '')}`
  })
  const [example = 'double-response'] = kinds
  return [
    `## ${cause}\n`,
    `${factOf(cause)}\n`,
    'It is a usual cause of\n',
    ...rows,
    `\n${plain(sectionOf('Causes').trim().split('\n\n').at(-1) ?? '')}`,
    `\nMore: respond-once explain ${example}/${cause}; ${LINK}, docs/violations.md#causes`,
  ].join('\n')
}

/** What the documentation says of a kind, of a kind with one cause, or of a cause; undefined where there is none. */
export function explain(name: string): string | undefined {
  const [first = '', second, ...more] = name.split('/')
  if (more.length > 0) return undefined
  const kind = kindOf(first)
  const cause = causeOf(second ?? first)
  if (second === undefined && kind === undefined) return cause && explainCause(cause)
  if (kind === undefined || (second !== undefined && cause === undefined)) return undefined
  return explainKind(kind, second === undefined ? undefined : cause)
}
