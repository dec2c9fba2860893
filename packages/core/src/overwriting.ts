import { isInCatchOf, type Place, type Source, sourceOf, tokenOf } from './source.ts'

// Whether one answer falls through to another, or is a default that something nested in its block replaces. The text says
// so; the order in which they came does not.

/** What stands before a statement or an expression that only runs if something holds. */
const CONDITIONAL = /^(else|do|&&|\|\||\?\?|\?|=>)$/
const CONTROLS = /^(if|for|while|with)$/

/** The token that begins the expression of a call or an assignment: `ctx` of `ctx.body = …`, which has its place at the `=`. */
function expressionStart({ tokens, partner }: Source, place: number): number {
  let at = tokens[place]?.text === '=' ? place - 1 : place
  while (at > 0) {
    const text = tokens[at]?.text ?? ''
    if (text === ')' || text === ']') at = (partner.get(at) ?? 0) - 1
    else if (tokens[at - 1]?.text.endsWith('.') === true) at -= 2
    else return at
  }
  return 0
}

/** Whether a statement is the only one that an `if` or a loop holds, without braces. */
function isHeldWithoutBraces(source: Source, at: number): boolean {
  const before = expressionStart(source, at) - 1
  const text = source.tokens[before]?.text ?? ''
  if (CONDITIONAL.test(text)) return true
  if (text === '(' && CONDITIONAL.test(source.tokens[before - 1]?.text ?? '')) return true
  const open = source.partner.get(before)
  return text === ')' && open !== undefined && CONTROLS.test(source.tokens[open - 1]?.text ?? '')
}

/** Whether `next()` is called between two tokens. */
function callsNext({ tokens }: Source, from: number, to: number): boolean {
  return tokens.slice(from, to).some(({ text }, at) => text === 'next' && tokens[from + at + 1]?.text === '(')
}

/** The braces around a token that hold statements, the innermost first. */
function blocksAround({ tokens, parents }: Source, at: number): readonly number[] {
  const blocks: number[] = []
  for (let open = parents[at] ?? -1; open !== -1; open = parents[open] ?? -1) {
    if (tokens[open]?.text === '{') blocks.push(open)
  }
  return blocks
}

/**
 * Whether the answer at `first` was left standing by mistake when `second` replaces it. `refusedAt` is where a status made
 * the first a refusal after it was given: it must stand beside the first, in a block that the second is not in.
 * Undefined where the source cannot be read.
 */
export function isOverwriting(first: Place, second: Place, refusedAt?: Place): boolean | undefined {
  const source = sourceOf(first.file)
  if (source === undefined || first.file !== second.file) return undefined
  const [a, b] = [tokenOf(source, first), tokenOf(source, second)]
  if (a === -1 || b === -1) return undefined
  // What fails after it has answered is answered again by its catch; what passes control on may find another answer.
  if (isInCatchOf(first, second) || callsNext(source, a, b)) return false
  const [around] = blocksAround(source, a)
  const blocks = blocksAround(source, b)
  if (refusedAt !== undefined) {
    const [beside] = blocksAround(source, tokenOf(source, refusedAt))
    return beside === around && around !== undefined && !blocks.includes(around)
  }
  if (isHeldWithoutBraces(source, a) || around === undefined || !blocks.includes(around)) return true
  return blocks[0] === around && !isHeldWithoutBraces(source, b)
}
