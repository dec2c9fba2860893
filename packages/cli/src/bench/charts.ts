import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from 'd3-scale'

// Charts as SVG text. The colours are classes, so that a page or a picture may be light or dark.

/** The colours of a chart that stands by itself. */
export const CHART_STYLE = `
svg { font: 12px system-ui, sans-serif; --ink: #1f2328; --soft: #656d76; --line: #d8dee4; --one: #0969da; --two: #8250df; --three: #1a7f37; --four: #bc4c00; --five: #6e7781; --bad: #cf222e }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e6edf3; --soft: #8d96a0; --line: #30363d; --one: #4493f8; --two: #ab7df8; --three: #3fb950; --four: #db6d28; --five: #9198a1; --bad: #f85149 }
}
svg text { fill: var(--ink) } svg .soft { fill: var(--soft) }
.grid { stroke: var(--line) } .zero { stroke: var(--soft) }
.budget { stroke: var(--bad); stroke-dasharray: 4 3 } svg text.budget-name { fill: var(--bad) }
.c0 { stroke: var(--one); fill: var(--one) } .c1 { stroke: var(--two); fill: var(--two) } .c2 { stroke: var(--three); fill: var(--three) }
.c3 { stroke: var(--four); fill: var(--four) } .c4 { stroke: var(--five); fill: var(--five) }
path { fill: none; stroke-width: 2 } .bar { stroke-width: 3; stroke-linecap: round }
`

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

const round = (value: number) => Math.round(value * 10) / 10

function percentTick(value: number): string {
  const shown = round(Math.abs(value))
  return `${shown === 0 ? '' : value > 0 ? '+' : '−'}${shown} %`
}

/** One pair has no interval: its bounds are those of all that there is. */
function intervalWords(low: number, high: number): string {
  return Number.isFinite(low) && Number.isFinite(high) ? `${percentTick(low)} … ${percentTick(high)}` : 'too few pairs'
}

/** A chart that can stand in a file of its own. */
export function standalone(svg: string): string {
  return svg.replace('>', ` xmlns="http://www.w3.org/2000/svg"><style>${CHART_STYLE}</style>`)
}

function frame(width: number, height: number, label: string, parts: readonly string[]): string {
  const size = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`
  return `<svg ${size} role="img" aria-label="${escaped(label)}">\n${parts.join('\n')}\n</svg>`
}

const line = (x1: number, y1: number, x2: number, y2: number, kind: string) =>
  `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="${kind}"/>`

const text = (x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end', kind = '') =>
  `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" class="${kind}">${escaped(words)}</text>`

const dot = (x: number, y: number, radius: number, kind: string, title = '') =>
  `<circle cx="${round(x)}" cy="${round(y)}" r="${radius}" class="${kind}"><title>${escaped(title)}</title></circle>`

/** One row of an interval chart. */
export interface IntervalRow {
  readonly title: string
  readonly low: number
  readonly estimate: number
  readonly high: number
  /** The single pairs, as small dots. */
  readonly pairs?: readonly number[]
  readonly colour: number
}

const WIDTH = 760

/** Estimates with their intervals, in percent above the baseline, one below the other. */
export function intervalChart(label: string, rows: readonly IntervalRow[], budget?: number): string {
  const left = 20 + 6.6 * Math.max(...rows.map(({ title }) => title.length))
  const rowHeight = 34
  const bottom = 24 + rows.length * rowHeight
  const values = rows.flatMap(({ low, estimate, high, pairs = [] }) => {
    return Number.isFinite(high) ? [low, estimate, high, ...pairs] : [estimate, ...pairs]
  })
  const domain = [0, budget ?? 0, ...values.filter(Number.isFinite)]
  const x = scaleLinear([Math.min(...domain), Math.max(...domain)], [left, WIDTH - 76]).nice()
  const parts = x
    .ticks(7)
    .flatMap((tick) => [
      line(x(tick), 18, x(tick), bottom, tick === 0 ? 'zero' : 'grid'),
      text(x(tick), bottom + 16, percentTick(tick), 'middle', 'soft'),
    ])
  if (budget !== undefined) {
    parts.push(line(x(budget), 14, x(budget), bottom, 'budget'))
    parts.push(text(x(budget), 11, `budget ${percentTick(budget)}`, 'middle', 'budget-name'))
  }
  for (const [at, { title, low, estimate, high, pairs = [], colour }] of rows.entries()) {
    const y = 24 + (at + 0.5) * rowHeight
    const [from, to] = [low, high].map((bound) => x(Math.min(Math.max(bound, x.domain()[0] ?? 0), x.domain()[1] ?? 0)))
    parts.push(text(left - 14, y + 4, title, 'end'))
    for (const pair of pairs) parts.push(`<g opacity="0.35">${dot(x(pair), y + 9, 2, `c${colour}`)}</g>`)
    if (Number.isFinite(high)) parts.push(line(from ?? 0, y, to ?? 0, y, `bar c${colour}`))
    parts.push(dot(x(estimate), y, 5, `c${colour}`, `${title}: ${intervalWords(low, high)}`))
    parts.push(text(WIDTH - 64, y + 4, percentTick(estimate), 'start'))
  }
  return frame(WIDTH, bottom + 26, label, parts)
}

/** One curve, or one cloud of points. */
export interface Series {
  readonly title: string
  readonly points: readonly (readonly [x: number, y: number])[]
  readonly colour: number
}

/** What the axes of a line chart are. */
export interface Axes {
  readonly x: string
  readonly y: string
  readonly logarithmic?: boolean
  /** A horizontal line. */
  readonly budget?: number | undefined
  /** Points only, where nothing lies between them. */
  readonly scattered?: boolean
  readonly percent?: boolean
}

function yTicks(y: ScaleContinuousNumeric<number, number>, percent: boolean): string[] {
  return y
    .ticks(6)
    .flatMap((tick) => [
      line(70, y(tick), WIDTH - 20, y(tick), tick === 0 ? 'zero' : 'grid'),
      text(62, y(tick) + 4, percent ? percentTick(tick) : tick.toLocaleString('en'), 'end', 'soft'),
    ])
}

/** Curves over one axis. */
export function lineChart(label: string, series: readonly Series[], axes: Axes): string {
  const [top, bottom] = [34, 250]
  const points = series.flatMap((one) => one.points)
  const xs = points.map(([x]) => x)
  const ys = [0, axes.budget ?? 0, ...points.map(([, y]) => y)]
  const range = [80, WIDTH - 30]
  const x = axes.logarithmic
    ? scaleLog([Math.min(...xs), Math.max(...xs)], range)
    : scaleLinear([Math.min(...xs), Math.max(...xs)], range)
  const y = scaleLinear([Math.min(...ys), Math.max(...ys)], [bottom, top]).nice()
  const parts = yTicks(y, axes.percent === true)
  for (const tick of axes.logarithmic ? [...new Set(xs)] : x.ticks(8)) {
    parts.push(text(x(tick), bottom + 18, tick.toLocaleString('en'), 'middle', 'soft'))
  }
  parts.push(text(WIDTH - 20, bottom + 36, axes.x, 'end', 'soft'), text(8, 14, axes.y, 'start', 'soft'))
  if (axes.budget !== undefined) {
    parts.push(line(70, y(axes.budget), WIDTH - 20, y(axes.budget), 'budget'))
    parts.push(text(WIDTH - 22, y(axes.budget) - 5, 'budget', 'end', 'budget-name'))
  }
  let legend = WIDTH - 20
  for (const { title, points: own, colour } of series) {
    const path = own.map(([px, py], at) => `${at === 0 ? 'M' : 'L'}${round(x(px))},${round(y(py))}`).join('')
    if (axes.scattered !== true) parts.push(`<path d="${path}" class="c${colour}" style="fill:none"/>`)
    for (const [px, py] of own) parts.push(dot(x(px), y(py), 3.5, `c${colour}`, `${title}: ${round(py)}`))
    legend -= 6.4 * title.length + 26
    parts.push(dot(legend + 8, 10, 4, `c${colour}`), text(legend + 16, 14, title, 'start'))
  }
  return frame(WIDTH, bottom + 44, label, parts)
}
