import { scenarioNamed, variantTitles } from './catalogue.ts'

export interface Result {
  readonly scenario: string
  readonly variant: string
  readonly perRequest: number
  readonly spread: number
  readonly collections: number
}

const columns = [40, 15, 12, 9, 8]

function row(cells: readonly string[]): string {
  const padded = cells.map((cell, i) => (i === 0 ? cell.padEnd(columns[i] ?? 0) : cell.padStart(columns[i] ?? 0)))
  return padded.join(' ').trimEnd()
}

function signed(value: number, digits: number): string {
  const text = Math.abs(value).toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  if (/^[0.]+$/.test(text)) return text
  return `${value < 0 ? '−' : '+'}${text}`
}

/** A block for each scenario: every variant beside the baseline of its own scenario. */
export function table(results: readonly Result[]): string {
  const lines: string[] = []
  for (const scenario of new Set(results.map((result) => result.scenario))) {
    const own = results.filter((result) => result.scenario === scenario)
    const bare = own.find((result) => result.variant === 'bare')
    lines.push('', row([scenarioNamed(scenario).title, 'instr/request', 'over bare', '%', '±%']))
    for (const { variant, perRequest, spread, collections } of own) {
      const over = bare === undefined ? Number.NaN : perRequest - bare.perRequest
      const beside = bare === undefined ? ['', ''] : [signed(over, 0), signed((over / bare.perRequest) * 100, 2)]
      const count = Math.round(perRequest).toLocaleString('en')
      const cells = [`  ${variantTitles[variant] ?? variant}`, count, ...beside, (spread / 2).toFixed(2)]
      lines.push(row(cells) + (collections > 0 ? `  ${collections} collections` : ''))
    }
  }
  return lines.join('\n')
}
