import { expect, it } from 'vitest'
import { htmlReport } from '../../src/bench/html.ts'
import type { Compared, Report } from '../../src/bench/report.ts'
import { markdownReport, terminalReport } from '../../src/bench/text.ts'

const figures = {
  cpuMicros: 100,
  requestsPerSecond: 1000,
  p99Ms: 2,
  loopUtilization: 0.5,
  heapBytes: 1000,
  collectionsPer1000: 1,
  gcMicros: 1,
}

/** What one pair gives: an estimate, and no end of doubt. */
const compared = (title: string, judged: boolean): Compared => ({
  name: title,
  title,
  judged,
  verdict: 'inconclusive',
  percent: { low: -100, estimate: 3, high: Number.POSITIVE_INFINITY },
  pairs: [3],
  figures,
})

const report: Report = {
  verdict: 'inconclusive',
  budgetPercent: 2,
  pairs: 1,
  seconds: 14,
  neededSeconds: 140,
  connections: 10,
  pipelining: 1,
  machine: { node: 'v22.0.0', cpu: 'a processor', cores: 2, memoryGb: 4, system: 'linux' },
  targets: [
    {
      name: 'GET /',
      verdict: 'inconclusive',
      baseline: { name: 'off', title: 'without the guard', figures },
      variants: [compared('with the guard', true)],
      control: compared('against itself', false),
    },
  ],
}

it('says of a single pair that it has no interval', () => {
  const html = htmlReport(report)
  expect(html).toContain('<title>with the guard: too few pairs</title>')
  expect(html).not.toMatch(/Infinity|−100 %/)
})

it('says the verdict once in the title of a summary', () => {
  const [title] = markdownReport(report).split('\n')
  expect(title).toBe(
    '### ❔ respond-once: inconclusive, after 1 pair of processes there are fewer than the 8 that decide. ' +
      'Eight pairs need more time: use --time-limit 140',
  )
  expect(terminalReport(report)).toMatch(/\n\ninconclusive: after 1 pair of processes there are fewer/)
})

it('shows a path as it is, whatever it is made of', () => {
  const name = 'GET /__health__/*|`a`<b>&amp;'
  const targets = report.targets.map((target) => ({ ...target, name, verdict: 'pass' as const }))
  const passed = { ...report, verdict: 'pass' as const, targets }
  const escaped = 'GET /\\_\\_health\\_\\_/\\*\\|\\`a\\`\\<b\\>\\&amp;'
  const [title = '', , head = ''] = markdownReport(passed).split('\n')
  expect(title).toBe(`### ✅ respond-once: within the budget of +2 % CPU per request: ${escaped}`)
  expect(head.startsWith(`| ${escaped} | CPU over it |`)).toBe(true)
  expect(terminalReport(passed)).toContain(name)
  const html = htmlReport(passed)
  expect(html).toContain('<h2>GET /__health__/*|`a`&lt;b&gt;&amp;amp; <span')
  expect(html).not.toContain('<b>')
})
