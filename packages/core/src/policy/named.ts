import { existsSync, readFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { exports as exported } from 'resolve.exports'
import { type OptionProblem, type Path, pathOf, reasonOf, shorten } from '../problems.ts'

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
const NOT_EXPORTED = 'ERR_PACKAGE_PATH_NOT_EXPORTED'
const FILE = /^\.\.?\//

/** What a name looks like that is no preset's. */
export const NAME: RegExp = new RegExp(`${FILE.source}|${PACKAGE.source}`)

/** Whether a text could be such a name at all. */
export function isName(text: string): boolean {
  return text.length <= 1000 && !isBuiltin(text) && NAME.test(text)
}

/** What a module exports as its default; of a module without one, all of it. */
function defaultOf(loaded: unknown): unknown {
  return (loaded as { default?: unknown } | null | undefined)?.default ?? loaded
}

/** Loads the policy of that name, as seen from a file; undefined where there is none. */
export function loadNamed(name: string, from: string): Named | undefined {
  const file = FILE.test(name) ? resolve(dirname(from), name) : packageFile(name, createRequire(from))
  return file === undefined ? undefined : { value: loadFile(file), file }
}

/** The file that a package gives for a name; undefined where no such package is installed. */
function packageFile(name: string, require: NodeJS.Require): string | undefined {
  try {
    return require.resolve(name)
  } catch (error) {
    const folder = packageFolder(name, require)
    if (folder === undefined && codeOf(error) === 'MODULE_NOT_FOUND') return undefined
    const imported = folder !== undefined && codeOf(error) === NOT_EXPORTED ? importedFile(name, folder) : undefined
    if (imported === undefined) throw error
    // It may be a link: what it extends is looked up from where it really is.
    return require.resolve(imported)
  }
}

function packageFolder(name: string, require: NodeJS.Require): string | undefined {
  const [packageName = name] = /^(@[^/]+\/)?[^/]+/.exec(name) ?? []
  const folders = require.resolve.paths(name) ?? []
  return folders.map((folder) => join(folder, packageName)).find((folder) => existsSync(folder))
}

/** What a package exports to `import` alone. Node looks that up only as seen from the module that asks. */
function importedFile(name: string, folder: string): string | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const [file] = exported(manifest, name, { conditions: ['module-sync'] }) ?? []
    return file && join(folder, file)
  } catch {
    // It exports nothing under that name, to nobody.
    return undefined
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null | undefined)?.code
}

/** What a JSON file holds, or what a module exports. */
export function loadFile(file: string): unknown {
  // Not by require: it would keep what the file was when it was read first.
  // Some editors begin a file with a byte order mark, which JSON.parse refuses.
  if (file.endsWith('.json')) return JSON.parse(readFileSync(file, 'utf8').replace(/^\ufeff/, ''))
  return defaultOf(createRequire(file)(file))
}

const WAITS = 'waits: it or what it imports has an await at its top level'

/** Node says to import it: but policies are loaded when a service starts, before anything could wait for an import. */
function isWaiting(error: unknown): boolean {
  return codeOf(error) === 'ERR_REQUIRE_ASYNC_MODULE'
}

/** What is wrong with a file that cannot be loaded. */
export function fileFault(error: unknown): string {
  return isWaiting(error) ? `a file that ${WAITS}` : `a file that cannot be read: ${reasonOf(error)}`
}

/** A policy that is named, and cannot be loaded. */
export function loadProblem(path: Path, name: string, from: string, error: unknown): OptionProblem {
  const found = (what: string) => ({ path: pathOf(path), found: `"${shorten(name)}", which ${what}` })
  const allowed = 'a package or a file with a policy'
  if (FILE.test(name) && !isThere(name, from)) return { ...found('is not there'), allowed }
  if (codeOf(error) === NOT_EXPORTED) return { ...found('is installed, but not exported to Node'), allowed }
  if (isWaiting(error)) {
    return { ...found(WAITS), allowed: `${allowed} that is there at once; in code, the imported policy` }
  }
  return { ...found(`fails: ${reasonOf(error)}`), allowed }
}

/** Whether it is there at all: a file may as well fail for another one that it needs. */
function isThere(name: string, from: string): boolean {
  try {
    createRequire(from).resolve(resolve(dirname(from), name))
    return true
  } catch {
    return false
  }
}
