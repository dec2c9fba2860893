import { appendFileSync, writeFileSync } from 'node:fs'
import { type Destinations, FORMATS } from './destinations.ts'
import { htmlReport } from './html.ts'
import type { Report } from './report.ts'
import { markdownReport } from './text.ts'

const TEXTS = {
  json: (report: Report) => `${JSON.stringify(report, null, 2)}\n`,
  markdown: markdownReport,
  html: htmlReport,
} as const

/** A CI job's summary may hold what other steps have written: it is added to. */
function writeReport(file: string, text: string): void {
  if (file === process.env.GITHUB_STEP_SUMMARY) appendFileSync(file, text)
  else writeFileSync(file, text)
}

/** Writes each report, whatever becomes of the others. Returns what could not be written. */
export function writeReports(to: Destinations, report: Report): readonly string[] {
  return FORMATS.flatMap((format) => {
    const file = to[format]
    try {
      if (file === true) process.stdout.write(TEXTS[format](report))
      else if (file !== undefined) writeReport(file, TEXTS[format](report))
      return []
    } catch (error) {
      return [`could not write ${file}: ${(error as Error).message}`]
    }
  })
}
