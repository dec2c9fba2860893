import Anser from 'anser'
import pc from 'picocolors'
import { prettyReport } from '../../packages/core/src/pretty.ts'
import type { Violation } from '../../packages/core/src/violation.ts'

// A report as a picture: what a terminal shows, as SVG.

const FONT = 14
const CELL = 8.43
const LINE = 20
const COLUMNS = 80
const PADDING = 20
const BAR = 34

/** The colours of a dark terminal, for the names that Anser gives to those of the reports. */
const PALETTE: Readonly<Record<string, string>> = {
  'ansi-red': '#ff7b72',
  'ansi-green': '#7ee787',
  'ansi-yellow': '#e3b341',
  'ansi-magenta': '#d2a8ff',
  'ansi-cyan': '#79c0ff',
}
const TEXT = '#e6edf3'
const DIM = '#8b949e'

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function spans(line: string): string {
  let column = 0
  return Anser.ansiToJson(line, { use_classes: true, remove_empty: true })
    .map(({ content, fg, decorations }) => {
      const x = (PADDING + column * CELL).toFixed(2)
      column += content.length
      if (content.trim() === '') return ''
      const dim = decorations.includes('dim')
      const fill = PALETTE[fg ?? ''] ?? (dim ? DIM : TEXT)
      const bold = decorations.includes('bold') ? ' font-weight="700"' : ''
      // Fonts differ in width: each piece is set to the cells that it takes.
      const length = (content.length * CELL).toFixed(2)
      return `<tspan x="${x}" fill="${fill}"${bold} textLength="${length}" lengthAdjust="spacingAndGlyphs">${escaped(content)}</tspan>`
    })
    .join('')
}

/** The report of a violation, as a terminal of 80 columns shows it. */
export function pictureOf(violation: Violation): string {
  const lines = prettyReport(violation, pc.createColors(true)).trim().split('\n')
  const width = Math.ceil(COLUMNS * CELL + 2 * PADDING)
  const height = BAR + lines.length * LINE + PADDING
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, index) => `<circle cx="${PADDING + index * 20}" cy="17" r="6" fill="${fill}"/>`,
  )
  const texts = lines.map((line, index) => `<text y="${BAR + (index + 1) * LINE - 4}">${spans(line)}</text>`)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(violation.message)}</title>`,
    `<rect width="${width}" height="${height}" rx="10" fill="#0d1117"/>`,
    ...dots,
    `<g xml:space="preserve" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT}">`,
    ...texts.filter((text) => !text.endsWith('"></text>')),
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}
