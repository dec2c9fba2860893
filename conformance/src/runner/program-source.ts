import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Framework } from '../frameworks/framework.ts'

export interface ProgramSource {
  readonly id: string
  readonly file: string
  /** Line numbers of the trailing comments `// @first` and `// @second`. */
  readonly first: number | undefined
  readonly second: number | undefined
}

const root = fileURLToPath(new URL('../programs/', import.meta.url))

/** A program begins at the line that names it, two blanks in, and ends where the next one begins. */
const naming = /^ {2}(?:async )?'?([a-z][a-z0-9-]*)'?(?:\(|:)/

const sourcesIn = (file: string): ProgramSource[] => {
  const lines = readFileSync(file, 'utf8').split('\n')
  const programs = lines.findIndex((line) => line.startsWith('export const programs'))
  const starts = lines.flatMap((line, index) => {
    const id = index > programs ? naming.exec(line)?.[1] : undefined
    return id ? [{ id, index }] : []
  })
  return starts.map(({ id, index }, at) => {
    const end = starts[at + 1]?.index ?? lines.length
    const lineOf = (mark: string): number | undefined => {
      const found = lines.slice(index, end).findIndex((line) => /\/\/ @/.test(line) && line.includes(mark))
      return found < 0 ? undefined : index + found + 1
    }
    return { id, file, first: lineOf('@first'), second: lineOf('@second') }
  })
}

export const programSources = ({ folders }: Pick<Framework, 'folders'>): ReadonlyMap<string, ProgramSource> => {
  const files = folders.flatMap((folder) =>
    readdirSync(`${root}${folder}`)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${root}${folder}/${name}`),
  )
  return new Map(files.flatMap(sourcesIn).map((source) => [source.id, source]))
}
