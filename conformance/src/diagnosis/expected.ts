import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('./programs/', import.meta.url))

/** What must be told of a program. */
export interface Expected {
  readonly id: string
  readonly file: string
  readonly kind: string
  readonly cause: string
  readonly method: string
  readonly path: string
  readonly options: readonly string[]
  /** `file:line`; undefined where there is no such place. */
  readonly first: string | undefined
  readonly second: string | undefined
}

const HEAD = /^ {2}\/\/ ([a-z-]+) ([a-z-]+) ([A-Z]+) (\/\S*)((?: (?:leaving|passing))*)$/
const NAME = /^ {2}'?([a-z][a-z0-9-]*)'?[(:]/

interface Mark {
  readonly side: 'first' | 'second'
  readonly id: string
  readonly place: string
}

/** The marks of a file: those with a name, and those of the program that they stand in. */
function marksIn(file: string, lines: readonly string[]): readonly Mark[] {
  let current = ''
  return lines.flatMap((line, index) => {
    if (HEAD.test(lines[index - 1] ?? '')) current = NAME.exec(line)?.[1] ?? ''
    return [...line.matchAll(/@(first|second)(?: ([a-z][a-z0-9-]*))?(?= |$)/g)].map(
      ([, side, id]): Mark => ({
        side: side as Mark['side'],
        id: id ?? current,
        place: `${basename(file)}:${index + 1}`,
      }),
    )
  })
}

/** All programs of a framework, by the files that they stand in. */
export function expectedOf(framework: string): readonly Expected[] {
  const files = (readdirSync(`${ROOT}${framework}`, { recursive: true }) as string[])
    .filter((name) => /\.[jt]s$/.test(name))
    .map((name) => ({
      file: `${ROOT}${framework}/${name}`,
      lines: readFileSync(`${ROOT}${framework}/${name}`, 'utf8').split('\n'),
    }))
  const marks = files.flatMap(({ file, lines }) => marksIn(file, lines))
  return files.flatMap(({ file, lines }) =>
    lines.flatMap((line, index): Expected[] => {
      const [, kind = '', cause = '', method = '', path = '', options = ''] = HEAD.exec(line) ?? []
      const id = kind === '' ? undefined : NAME.exec(lines[index + 1] ?? '')?.[1]
      if (id === undefined) return []
      const placeOf = (side: Mark['side']) => {
        const found = marks.filter((mark) => mark.side === side && mark.id === id)
        if (found.length > 1) throw new Error(`${id} has ${found.length} marks for ${side}`)
        return found[0]?.place
      }
      return [
        {
          id,
          file,
          kind,
          cause,
          method,
          path,
          options: options.trim().split(' '),
          first: placeOf('first'),
          second: placeOf('second'),
        },
      ]
    }),
  )
}
