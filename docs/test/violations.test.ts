import { codeOf, VIOLATION_KINDS } from '@respond-once/core'
import { afterAll, describe, expect, it } from 'vitest'
import { blocksOf, sectionOf } from '../src/markdown.ts'
import { closeHosts, frameworksFor, outcomeOf, policyFor } from '../src/outcome.ts'
import { outcomeTable, snippetOf } from '../src/outcome-table.ts'

const PAGE = new URL('../violations.md', import.meta.url)

const blocks = blocksOf(PAGE)

afterAll(closeHosts)

describe.each(VIOLATION_KINDS)('%s', (kind) => {
  const own = blocks.filter(({ heading }) => heading === `\`${kind}\``)
  const wrong = own.find(({ info }) => info.startsWith('wrong'))
  const right = own.find(({ info }) => info.startsWith('right'))

  it('has a section with its code', () => {
    expect(sectionOf(PAGE, kind)).toContain(codeOf(kind))
  })

  it('is what the wrong example shows', async () => {
    if (wrong === undefined) throw new Error('no wrong example')
    const policy = policyFor(kind, 'report')
    const told = await Promise.all(
      frameworksFor(kind).map((framework) => outcomeOf(snippetOf(wrong), framework, policy)),
    )
    expect(told.map(({ violations }) => violations.map((violation) => violation.kind))).toEqual([[kind], [kind]])
  })

  if (sectionOf(PAGE, kind).includes('begin outcomes')) {
    it('leads to what the table says', async () => {
      if (wrong === undefined) throw new Error('no wrong example')
      expect(sectionOf(PAGE, kind)).toContain(await outcomeTable(kind, wrong))
    })
  }

  it('is not what the right example shows', async () => {
    if (right === undefined) throw new Error('no right example')
    const { violations } = await outcomeOf(snippetOf(right), frameworksFor(kind)[0], policyFor(kind, 'report'))
    expect(violations).toEqual([])
  })
})
