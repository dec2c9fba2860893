import { colors } from '../colors.ts'

/** A table in columns. Empty columns are left out. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = head.map((_, at) => rows.some((row) => row[at] !== ''))
  const widths = head.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] as number))
      .filter((_, at) => used[at])
      .join('  ')
      .trimEnd()
  return [colors.bold(line(head)), ...rows.map(line)].join('\n')
}
