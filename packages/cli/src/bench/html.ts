import { CHART_STYLE, escaped, type IntervalRow, intervalChart, lineChart, type Series } from './charts.ts'
import { circumstances, conclusion, FIGURE_COLUMNS, rowsOf } from './figures.ts'
import type { Report, TargetReport } from './report.ts'

// A report as one page that needs nothing else.

const PAGE_STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1f2328; --soft: #656d76; --line: #d8dee4; --pass: #1a7f37; --over: #cf222e; --inconclusive: #9a6700 }
@media (prefers-color-scheme: dark) { :root { --paper: #0d1117; --ink: #e6edf3; --soft: #8d96a0; --line: #30363d; --pass: #3fb950; --over: #f85149; --inconclusive: #d29922 } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 960px; margin: 2rem auto; padding: 0 1rem; background: var(--paper); color: var(--ink) }
h1 { font-size: 1.4rem } h2 { font-size: 1.15rem; margin-top: 2.5rem; border-bottom: 1px solid var(--line) } h3 { font-size: 1rem; margin-bottom: 0 }
.verdict { display: inline-block; padding: .1rem .7rem; border-radius: 1rem; color: var(--paper); font-weight: 600 }
.pass { background: var(--pass) } .over { background: var(--over) } .inconclusive { background: var(--inconclusive) }
svg { max-width: 100%; height: auto } .soft { color: var(--soft) }
.wide { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .85rem; white-space: nowrap }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right } th:first-child, td:first-child { text-align: left }
`

function intervals(target: TargetReport, budget: number): string {
  const rows = [...target.variants, target.control].map(({ title, percent, pairs }, at): IntervalRow => {
    const isControl = at === target.variants.length
    return { title, ...percent, pairs, colour: isControl ? 4 : at % 4 }
  })
  return intervalChart(`CPU per request over the baseline, ${target.name}`, rows, budget)
}

function pairsChart(target: TargetReport, budget: number): string {
  const judged = target.variants.filter((variant) => variant.judged)
  const series = [...judged, target.control].map(({ title, pairs }, at): Series => {
    const points = pairs.map((percent, pair) => [pair + 1, percent] as const)
    return { title, points, colour: at === judged.length ? 4 : at % 4 }
  })
  return lineChart(`each pair of processes, ${target.name}`, series, {
    x: 'pair of processes',
    y: 'CPU per request over the baseline',
    budget,
    scattered: true,
    percent: true,
  })
}

function table(target: TargetReport): string {
  const head = ['', 'CPU over it', 'interval', ...FIGURE_COLUMNS.map(({ title }) => title)]
  const cells = (row: readonly string[], tag: string) =>
    `<tr>${row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`
  const rows = rowsOf(target).map(({ title, estimate, range, figures }) =>
    cells([title, estimate, range, ...figures], 'td'),
  )
  return `<div class="wide"><table>${cells(head, 'th')}\n${rows.join('\n')}</table></div>`
}

function section(target: TargetReport, budget: number): string {
  return `<h2>${escaped(target.name)} <span class="verdict ${target.verdict}">${target.verdict}</span></h2>
<h3>CPU per request over “${escaped(target.baseline.title)}”, with intervals</h3>
${intervals(target, budget)}
<h3>The same, of each pair of processes</h3>
${pairsChart(target, budget)}
<h3>Figures</h3>
<p class="soft">Medians of windows. Only CPU per request is judged; the rest depends on what else the machine does.</p>
${table(target)}`
}

const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1)

/** A report as a page. */
export function htmlReport(report: Report): string {
  const { verdict, budgetPercent, targets, machine } = report
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>respond-once bench: ${verdict}</title>
<style>${PAGE_STYLE}${CHART_STYLE}</style>
<h1>What respond-once costs <span class="verdict ${verdict}">${verdict}</span></h1>
<p>${escaped(sentence(conclusion(report)))}.</p>
<p class="soft">${escaped(circumstances(report))}, ${escaped(machine.system)}.</p>
${targets.map((target) => section(target, budgetPercent)).join('\n')}
<h2>How to read it</h2>
<p>Each pair of processes is fresh. Their windows alternate forth and back, so that what the machine does meanwhile hits all alike.
A dot is one pair: the CPU time per request, divided by the baseline's. The bar holds the truth in 95 runs of 100, however often it was looked at.
The control is the baseline in a second process. What it seems to cost over itself is what this machine cannot tell from nothing:
where that is more than the budget, the verdict is <em>inconclusive</em> and never <em>pass</em>.</p>
</html>
`
}
