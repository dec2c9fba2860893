import { readFileSync } from 'node:fs'

const files = new Map<string, string[]>()

/** The source file that a line of a bundle comes from: the bundler writes its name above each module. */
export function sourceOf(bundle: string, line: number): string {
  let lines = files.get(bundle)
  if (lines === undefined) {
    lines = readFileSync(bundle, 'utf8').split('\n')
    files.set(bundle, lines)
  }
  for (let i = line; i >= 0; i--) {
    const name = /^\/\/ (?:\.\.\/)*(.*\.[cm]?[jt]s)$/.exec(lines[i] ?? '')?.[1]
    if (name !== undefined) return name.replace(/^packages\//, '')
  }
  return bundle
}
