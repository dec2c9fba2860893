import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

// Figures that docs/benchmarks.md shows. They are measured now and then, one scenario at a time, and kept.

const FOLDER = join(import.meta.dirname, '..', 'results')

/** What was kept under a name; undefined where nothing was. */
export function kept<T>(name: string): T | undefined {
  const file = join(FOLDER, `${name}.json`)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined
}

export function keep(name: string, value: unknown): void {
  const file = join(FOLDER, `${name}.json`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(value, null, 1)}\n`)
}

/** Puts new entries in the place of old ones with the same key, or at the end. */
export function keepEntries<T>(name: string, entries: readonly T[], keyOf: (entry: T) => string): void {
  const all = new Map((kept<readonly T[]>(name) ?? []).map((entry) => [keyOf(entry), entry]))
  for (const entry of entries) all.set(keyOf(entry), entry)
  keep(name, [...all.values()])
}
