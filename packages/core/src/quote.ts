import { type Place, type Source, sourceOf, type Token, tokenOf } from './source.ts'

// What the source says at a place, in few words. Arguments are left out: what they hold is nobody's business.

const NAME = /^[\p{ID_Start}$_#][\p{ID_Continue}$]*$/u
const MAX_LENGTH = 60

/** A call as it is written, and whether it is a statement of its own. */
export interface Quote {
  readonly text: string
  readonly isStatement: boolean
}

const textAt = ({ tokens }: Source, at: number): string => tokens[at]?.text ?? ''

/** From the name that is called to where its expression begins: from `json` to `res` in `res.status(404).json`. */
function expressionStart(source: Source, name: number): number {
  let at = name
  while (/^(\.|\?\.)$/.test(textAt(source, at - 1))) {
    at -= 2
    // Calls and indexes: `status(404)`, `routes[0]`.
    while (/^[)\]]$/.test(textAt(source, at))) {
      const open = source.partner.get(at)
      if (open === undefined) return name
      const before = textAt(source, open - 1)
      if (!NAME.test(before) && !/^[)\]]$/.test(before)) return open
      at = open - 1
    }
    if (!NAME.test(textAt(source, at))) return at + 1
  }
  return textAt(source, at - 1) === 'new' ? at - 1 : at
}

/** `(404)`, `()`, or else `(…)`. */
function elided(source: Source, open: number, close: number): string {
  const [left, right] = [textAt(source, open), textAt(source, close)]
  const inner = close - open === 2 ? textAt(source, open + 1) : ''
  return `${left}${close === open + 1 || /^\d+$/.test(inner) ? inner : '…'}${right}`
}

function render(source: Source, start: number, end: number): string {
  let text = ''
  for (let at = start; at <= end; at++) {
    const close = source.partner.get(at)
    if (/^[([{]$/.test(textAt(source, at)) && close !== undefined) {
      text += elided(source, at, close)
      at = close
    } else text += /^(new|await)$/.test(textAt(source, at)) ? `${textAt(source, at)} ` : textAt(source, at)
  }
  return text
}

/** The last parts of a long chain are those that matter. */
function shortened(text: string): string {
  if (text.length <= MAX_LENGTH) return text
  const dot = text.indexOf('.', text.length - MAX_LENGTH + 1)
  return dot === -1 ? `${text.slice(0, MAX_LENGTH - 1)}…` : `…${text.slice(dot)}`
}

const BEFORE_STATEMENT = /^([;{})]|else|do|:)$/

function startsStatement(source: Source, start: number): boolean {
  if (start === 0) return true
  const [before, first] = [source.tokens[start - 1] as Token, source.tokens[start] as Token]
  if (BEFORE_STATEMENT.test(before.text)) return true
  // Without semicolons, a line begins a statement where the one above it is complete.
  const isNewLine = source.text.slice(before.end, first.start).includes('\n')
  return isNewLine && (NAME.test(before.text) || /^(['"`\d\]]|.*['"`]$)/.test(before.text))
}

/** The call or assignment at a place; undefined where the source cannot be read, or something else stands there. */
export function quoteAt(place: Place): Quote | undefined {
  const source = sourceOf(place.file)
  if (source === undefined) return undefined
  const found = tokenOf(source, place)
  const text = textAt(source, found)
  // The place of an assignment is its `=`.
  const name = text === 'new' ? found + 1 : text === '=' ? found - 1 : found
  if (name < 0 || !NAME.test(textAt(source, name))) return undefined
  const next = textAt(source, name + 1)
  let start = expressionStart(source, name)
  if (textAt(source, start - 1) === 'await') start--
  const isStatement = startsStatement(source, start)
  if (next === '=') return { text: shortened(`${render(source, start, name)} = …`), isStatement }
  const close = next === '(' ? source.partner.get(name + 1) : undefined
  return close === undefined ? undefined : { text: shortened(render(source, start, close)), isStatement }
}

/** Whether a function is written among the arguments that this bracket opens, before a token. */
function passesFunction(source: Source, open: number, before: number): boolean {
  for (let at = open + 1; at <= before; at++) {
    if (source.parents[at] === open && /^(=>|function)$/.test(textAt(source, at))) return true
  }
  return false
}

/**
 * What a function without a name is called by where it is written: `app.get('/users/:id')`. It is the same in every
 * process, wherever the lines around it move.
 */
export function anonymousNameOf(place: Place): string {
  const source = sourceOf(place.file)
  if (source === undefined) return ''
  const names: string[] = []
  const at = tokenOf(source, place)
  for (let open = source.parents[at] ?? -1; open !== -1; open = source.parents[open] ?? -1) {
    const callee = open - 1
    if (textAt(source, open) !== '(' || !NAME.test(textAt(source, callee))) continue
    if (!passesFunction(source, open, at)) continue
    const argument = textAt(source, open + 1)
    const label = /^['"`]/.test(argument) ? `(${argument.slice(1, -1)})` : ''
    names.unshift(`${render(source, expressionStart(source, callee), callee)}${label}`)
  }
  return names.join(' > ')
}
