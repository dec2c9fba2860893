import type { Answer } from './exchange.ts'

// How answers differ, in words that may stand in the log of a CI job: names, lengths and places. A server that echoes its
// request has the request's secrets in its headers and its body.

function linesOf({ headers }: Answer): ReadonlyMap<string, string> {
  const lines = new Map<string, string>()
  for (const line of headers.split('\n')) {
    const name = line.slice(0, line.indexOf(':'))
    lines.set(name, `${lines.get(name) ?? ''}${line}\n`)
  }
  return lines
}

function headersDiffer(known: Answer, other: Answer): string {
  const [before, after] = [linesOf(known), linesOf(other)]
  const names = [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name))
  if (names.length === 0) return 'its headers in another order than the baseline'
  return `other headers than the baseline: ${names.join(', ')}`
}

function bodiesDiffer(known: Answer, other: Answer): string {
  const at = other.start.findIndex((byte, index) => byte !== known.start[index])
  const same = Math.min(known.start.length, other.start.length)
  const place = at === -1 || at === same ? `the first ${same} are the same` : `other ones from byte ${at} on`
  return `another body than the baseline: ${other.length} bytes where it has ${known.length}, and ${place}`
}

/**
 * What an answer has that all known ones have not. Parts that a program does not answer alike twice, or in two processes,
 * cannot be compared with another program's.
 */
export function difference([known, ...again]: readonly [Answer, ...Answer[]], other: Answer): string | undefined {
  const differs = (part: 'status' | 'headers' | 'body') =>
    other[part] !== known[part] && again.every((answer) => answer[part] === known[part])
  const found = [
    differs('status') ? `another status than the baseline: ${other.status} where it has ${known.status}` : '',
    differs('headers') ? headersDiffer(known, other) : '',
    differs('body') ? bodiesDiffer(known, other) : '',
  ]
  return found.filter(Boolean).join('; ') || undefined
}
