import { accessSync, constants, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

// Where reports go. A run takes minutes: what cannot be written is found before it.

/** The kinds of report, by the names of their options. */
export const FORMATS = ['json', 'markdown', 'html'] as const

/** A file for each kind, or true for standard output. */
export type Destinations = { readonly [F in (typeof FORMATS)[number]]?: string | true | undefined }

const flags = (formats: readonly string[]) => formats.map((format) => `--${format}`).join(' and ')

/** Two reports in one place are none that a program could read. */
export function sharedDestinations(to: Destinations): readonly string[] {
  const piped = FORMATS.filter((format) => to[format] === true)
  const found =
    piped.length < 2 ? [] : [`standard output takes one report: name a file for all but one of ${flags(piped)}`]
  const files = FORMATS.flatMap((format) => (typeof to[format] === 'string' ? [resolve(to[format])] : []))
  for (const file of new Set(files)) {
    const own = FORMATS.filter((format) => typeof to[format] === 'string' && resolve(to[format]) === file)
    if (own.length > 1) found.push(`${flags(own)} both name ${file}`)
  }
  return found
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function whyUnwritable(file: string): string | undefined {
  if (file === '') return 'it is no name'
  const own = statSync(file, { throwIfNoEntry: false })
  if (own?.isDirectory() === true || /[\\/]$/.test(file)) return 'it is a folder'
  if (own !== undefined) return isWritable(file) ? undefined : 'no permission'
  const folder = dirname(file)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return `there is no folder ${folder}`
  return isWritable(folder) ? undefined : `no permission in ${folder}`
}

/** The reports whose files could not be written as things stand. */
export function unwritableReports(to: Destinations): readonly string[] {
  return FORMATS.flatMap((format) => {
    const file = to[format]
    const why = typeof file === 'string' ? whyUnwritable(file) : undefined
    return why === undefined ? [] : [`${file || "''"} cannot be written: ${why}`]
  })
}
