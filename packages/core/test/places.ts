import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Violation } from '../src/index.ts'

/** The line of a source file that ends with a text; only one may. Tests name lines by what is written there. */
export function lineOf(url: string, text: string): number {
  const lines = readFileSync(fileURLToPath(url), 'utf8').split('\n')
  const found = lines.flatMap((line, index) => (line.replace(/,$/, '').endsWith(text) ? [index + 1] : []))
  if (found.length !== 1) throw new Error(`${found.length} lines end with ${JSON.stringify(text)}: ${found.join(', ')}`)
  return found[0] as number
}

/** A violation, as short as a test can say it. */
export function brief({ kind, action, first, second }: Violation): string {
  const place = (operation: Violation['first']) =>
    operation === undefined ? 'nothing' : `${operation.operation}:${operation.site?.line ?? '?'}`
  return `${kind} ${action} ${place(first)} ${place(second)}`
}
