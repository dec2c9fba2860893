import type { ViolationKind } from '@respond-once/core'
import type { Block } from './markdown.ts'
import { type Outcome, outcomeOf, policyFor, type Snippet } from './outcome.ts'

/** The snippet of a `wrong` or `right` block: `wrong GET /users/2`, `wrong GET /slow leaving`. */
export function snippetOf({ info, text }: Block): Snippet {
  const [, method = 'GET', path = '/', leaving] = info.split(' ')
  return { text, method, path, leaves: leaving === 'leaving' }
}

const ROWS = [
  ['without the guard', undefined],
  ['`suppress`', 'suppress'],
  ['`throw`', 'throw'],
] as const

function rowOf(title: string, five: Outcome, four: Outcome): string {
  const client = five.client === four.client ? five.client : `${five.client}; Express 4: ${four.client}`
  return `| ${title} | ${client} | ${five.service} | ${four.service} |`
}

/** Runs a wrong example on both majors of Express, without the guard and under each action: what was seen, as a table. */
export async function outcomeTable(kind: ViolationKind, block: Block): Promise<string> {
  const snippet = snippetOf(block)
  const lines = ['| | the client gets | the service on Express 5 | on Express 4 |', '|---|---|---|---|']
  for (const [title, action] of ROWS) {
    const policy = action === undefined ? undefined : policyFor(kind, action)
    const [five, four] = await Promise.all([
      outcomeOf(snippet, 'express', policy),
      outcomeOf(snippet, 'express4', policy),
    ])
    lines.push(rowOf(title, five, four))
  }
  return lines.join('\n')
}
