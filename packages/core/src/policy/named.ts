import { readFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { type OptionProblem, type Path, pathOf, shorten } from '../problems.ts'

// Policies that are named: packages, and files beside the one that names them.

/** A policy that was found under its name. */
export interface Named {
  readonly value: unknown
  readonly file: string
}

/** Where names are looked up if nobody says where: in the folder of the running application. */
export function applicationFile(): string {
  return join(process.cwd(), 'package.json')
}

const PACKAGE = /^(@[\w.~-]+\/)?[\w~-][\w.~-]*(\/[\w.~-]+)*$/
const FILE = /^\.\.?\//

/** Whether a text could be such a name at all. */
export function isName(text: string): boolean {
  return text.length <= 1000 && !isBuiltin(text) && (PACKAGE.test(text) || FILE.test(text))
}

/** What a module exports as its default; of a module without one, all of it. */
function defaultOf(loaded: unknown): unknown {
  return (loaded as { default?: unknown } | null | undefined)?.default ?? loaded
}

/** Loads the policy of that name, as seen from a file; undefined where there is none. */
export function loadNamed(name: string, from: string): Named | undefined {
  const require = createRequire(from)
  let file: string
  try {
    file = FILE.test(name) ? resolve(dirname(from), name) : require.resolve(name)
  } catch {
    return undefined
  }
  return { value: loadFile(file), file }
}

/** What a JSON file holds, or what a module exports. */
export function loadFile(file: string): unknown {
  // Not by require: it would keep what the file was when it was read first.
  if (file.endsWith('.json')) return JSON.parse(readFileSync(file, 'utf8'))
  return defaultOf(createRequire(file)(file))
}

/** A policy that is there, and cannot be loaded. */
export function loadProblem(path: Path, name: string, error: unknown): OptionProblem {
  const code = (error as NodeJS.ErrnoException | null)?.code
  const message = error instanceof Error ? shorten(error.message) : 'unknown error'
  const found =
    code === 'ENOENT' ? `"${shorten(name)}", which is not there` : `"${shorten(name)}", which fails: ${message}`
  return { path: pathOf(path), found, allowed: 'a package or a file with a policy' }
}
