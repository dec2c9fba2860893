import { readFileSync } from 'node:fs'
import jsTokens from 'js-tokens'
import { mappedContentOf } from './position.ts'
import type { CallSite } from './violation.ts'

// What the text of the application says about two places in it. Read only when a violation is told, once per file.

/** One token, without the white space and comments around it. */
export interface Token {
  readonly text: string
  readonly start: number
  readonly end: number
}

/** A file, tokenized. */
export interface Source {
  readonly text: string
  readonly lineStarts: readonly number[]
  readonly tokens: readonly Token[]
  /** For an opening bracket's index, that of its closing one, and back. */
  readonly partner: ReadonlyMap<number, number>
  /** For each token, the bracket that opens the innermost group around it, or -1. */
  readonly parents: Int32Array
}

/** A position in the source. */
export type Place = Pick<CallSite, 'file' | 'line' | 'column'>

const MAX_SOURCES = 200
// Reading is done while a request waits.
const MAX_SOURCE_LENGTH = 262_144
const sources = new Map<string, Source | undefined>()

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return mappedContentOf(file)
  }
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let start = 0
  for (const { type, value } of jsTokens(text)) {
    const end = start + value.length
    if (!/^(WhiteSpace|LineTerminatorSequence|.*Comment)$/.test(type)) tokens.push({ text: value, start, end })
    start = end
  }
  return tokens
}

function groupsOf(tokens: readonly Token[]): Pick<Source, 'partner' | 'parents'> {
  const partner = new Map<number, number>()
  const parents = new Int32Array(tokens.length)
  const open: number[] = []
  tokens.forEach(({ text }, index) => {
    if (/^[)\]}]$/.test(text) || (text.startsWith('}') && text.length > 1)) {
      const from = open.pop()
      if (from !== undefined) partner.set(from, index).set(index, from)
    }
    parents[index] = open.at(-1) ?? -1
    if (/^[([{]$/.test(text) || text.endsWith('${')) open.push(index)
  })
  return { partner, parents }
}

/** A file as it can be read; undefined where it cannot. */
export function sourceOf(file: string): Source | undefined {
  if (sources.has(file)) return sources.get(file)
  const text = textOf(file)
  let source: Source | undefined
  if (text !== undefined && text.length <= MAX_SOURCE_LENGTH) {
    const lineStarts = [0]
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1)
    const tokens = tokenize(text)
    source = { text, lineStarts, tokens, ...groupsOf(tokens) }
  }
  if (sources.size >= MAX_SOURCES) sources.delete(sources.keys().next().value as string)
  sources.set(file, source)
  return source
}

function offsetOf(source: Source, site: Place): number {
  return (source.lineStarts[site.line - 1] ?? source.text.length) + site.column - 1
}

/** The token at a place: the first that ends after it, or -1. */
export function tokenOf(source: Source, place: Place): number {
  return tokenAt(source, offsetOf(source, place))
}

/** The first token that ends after an offset, or -1. */
function tokenAt({ tokens }: Source, offset: number): number {
  let [low, high] = [0, tokens.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((tokens[middle] as Token).end > offset) high = middle
    else low = middle + 1
  }
  return low < tokens.length ? low : -1
}

/** Whether the call at `second` is made on the result of the call at `first`: `res.sendStatus(200).json(…)`. */
export function isChained(first: CallSite, second: CallSite): boolean {
  if (first.file !== second.file) return false
  const source = sourceOf(first.file)
  if (source === undefined) return false
  const { tokens, partner } = source
  const target = tokenAt(source, offsetOf(source, second))
  let at = tokenAt(source, offsetOf(source, first))
  if (at === -1 || target <= at) return false
  // From one call to the next: `name(…)`, then `.name(…)` any number of times; parentheses around it may close.
  let afterName = false
  while (at < target) {
    const text = tokens[at]?.text ?? ''
    const isName = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(text)
    if (isName && tokens[at - 1]?.text === ')' && (text === 'as' || text === 'satisfies')) {
      while (at < target && tokens[at]?.text !== ')') at++
    } else if (isName && !afterName) {
      afterName = true
      at++
      continue
    } else if (text === '(' || text === '[') at = (partner.get(at) ?? target) + 1
    else if (text === '.' || text === '?.' || text === '!' || text === ')') {
      if (/^\.|^\?\./.test(text)) afterName = false
      at++
      continue
    } else return false
    afterName = true
  }
  return at === target && tokens[target - 1]?.text.endsWith('.') === true
}

/** Where the expression begins that a `.` at this token continues: `load().then(…)` before `.catch`. */
function chainStart(source: Source, dot: number): number {
  let at = dot - 1
  while (at >= 0) {
    const text = source.tokens[at]?.text ?? ''
    const partner = source.partner.get(at)
    if (/^[)\]}]/.test(text) && partner !== undefined) at = partner - 1
    else if (
      /^(\.|\?\.|await|new|[\p{ID_Start}$_][\p{ID_Continue}$]*)$/u.test(text) &&
      !/^(return|const|let|var)$/.test(text)
    )
      at--
    else break
  }
  return at + 1
}

/** Whether `second` stands in a catch, or a `.catch`, whose try or promise holds `first`. */
export function isInCatchOf(first: Place, second: Place): boolean {
  if (first.file !== second.file) return false
  const source = sourceOf(first.file)
  if (source === undefined) return false
  const { tokens, partner } = source
  const from = tokenAt(source, offsetOf(source, first))
  const holds = (start: number, end: number) => start <= from && from < end
  for (
    let open = source.parents[tokenAt(source, offsetOf(source, second))] ?? -1;
    open !== -1;
    open = source.parents[open] ?? -1
  ) {
    if (tokens[open]?.text === '{') {
      const keyword = tokens[open - 1]?.text === ')' ? (partner.get(open - 1) ?? 0) - 1 : open - 1
      const tryEnd = keyword - 1
      if (
        tokens[keyword]?.text === 'catch' &&
        tokens[tryEnd]?.text === '}' &&
        holds(partner.get(tryEnd) ?? tryEnd, tryEnd)
      )
        return true
    }
    if (tokens[open]?.text === '(' && tokens[open - 1]?.text === 'catch' && tokens[open - 2]?.text.endsWith('.')) {
      if (holds(chainStart(source, open - 2), open - 2)) return true
    }
  }
  return false
}

/** Whether the call at `inner` is an argument of the call at `outer`, and so is made before it. */
export function isArgument(inner: CallSite, outer: CallSite): boolean {
  if (inner.file !== outer.file) return false
  const source = sourceOf(inner.file)
  if (source === undefined) return false
  const open = tokenAt(source, offsetOf(source, outer)) + 1
  const at = tokenAt(source, offsetOf(source, inner))
  return source.tokens[open]?.text === '(' && at > open && at < (source.partner.get(open) ?? -1)
}
