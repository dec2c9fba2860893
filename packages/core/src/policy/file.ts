import { type Stats, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { attempt, type Callee } from '../attempt.ts'
import { aFunction, InvalidOptionsError, problem, readOptions } from '../problems.ts'
import { type Compilation, type CompiledPolicy, type CompileOptions, tryCompile } from './compile.ts'
import type { PolicySource } from './follow.ts'
import { fileFault, loadFile } from './named.ts'

/** How a policy file is followed. */
export interface PolicyFileOptions extends Pick<CompileOptions, 'environment' | 'now'> {
  /** How often the file is looked at, in milliseconds. Default 1,000. */
  readonly everyMs?: number
  /** Called with what is wrong with a new version, which is not used. Default: a warning of the process. */
  readonly onError?: (error: Error) => void
}

/** A policy source that can be closed. */
export interface PolicyFile extends PolicySource {
  /** Stops looking at the file. */
  close(): void
}

function warn({ message }: Error): void {
  process.emitWarning(message, { code: 'RESPOND_ONCE_POLICY_FILE' })
}

const FAILED = 'RESPOND_ONCE_POLICY_LISTENER_FAILED'
const ON_ERROR: Callee = { name: 'The onError of a policy file', code: FAILED }
const LISTENER: Callee = { name: 'A listener of a policy file', code: FAILED }

/** How a policy in a file is compiled. */
type FileOptions = Omit<CompileOptions, 'from' | 'path'>

/** Reads a policy file; names in its `extends` are looked up as seen from it. `from` is where the file is. */
export function tryCompileFile(file: string, options: FileOptions = {}, from: string = resolve(file)): Compilation {
  let input: unknown
  try {
    input = loadFile(from)
  } catch (error) {
    return {
      policy: undefined,
      problems: [{ path: file, found: fileFault(error), allowed: 'a policy, as JSON or as a module' }],
    }
  }
  return tryCompile(input, { ...options, path: [file], from })
}

/**
 * Checks a policy in a file, and makes it ready to be asked. The file is JSON, or a module whose default export is a policy.
 * @throws {InvalidOptionsError} with every mistake at once.
 */
export function compilePolicyFile(file: string, options?: FileOptions): CompiledPolicy {
  const { policy, problems } = tryCompileFile(file, options)
  if (policy === undefined) throw new InvalidOptionsError(problems)
  return policy
}

/** What changes when a file is written, replaced or taken away. */
function signatureOf(stats: Stats | undefined): string {
  return stats === undefined ? '' : `${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}`
}

function statNow(file: string): Stats | undefined {
  try {
    return statSync(file)
  } catch {
    // Reading it will say why.
    return undefined
  }
}

const EVERY = 'milliseconds, from 1 to 2147483647'

const fileOptions = z.strictObject({
  everyMs: z.number().min(1, EVERY).max(2_147_483_647, EVERY).optional(),
  onError: aFunction().optional(),
  environment: z.string().optional(),
  now: aFunction().optional(),
})

/** Options that have been checked; of wrong ones, every mistake is told beside those in the file. */
function checked(file: string, options: unknown): PolicyFileOptions {
  if (typeof file !== 'string')
    throw new InvalidOptionsError([problem(['file'], file, [], 'the path of a policy file')])
  const { read, problems } = readOptions(fileOptions, options)
  if (problems.length > 0) throw new InvalidOptionsError([...problems, ...tryCompileFile(file).problems])
  return read as PolicyFileOptions
}

/**
 * A policy in a JSON file, which may be replaced while the service runs. A version that cannot be used is told, and the one
 * before it stays in force.
 *
 * The file is looked at from time to time, and not watched for events: those are lost where a file is replaced by renaming,
 * or by a symbolic link, as configuration is in containers. A new version is used when two looks in a row have found the
 * same: it may be half written at the first.
 *
 * @throws {InvalidOptionsError} where the file cannot be used to begin with, or the options cannot.
 */
export function policyFile(file: string, options: PolicyFileOptions = {}): PolicyFile {
  const { everyMs = 1000, onError = warn, ...compiling } = checked(file, options)
  // Once: the process may go to another folder.
  const from = resolve(file)
  const listeners = new Set<() => void>()
  // Taken before the file is read: a version that comes in between is read once more, and none is missed.
  let signature = signatureOf(statNow(from))
  const compile = (title?: string) => {
    const { policy, problems } = tryCompileFile(file, compiling, from)
    if (policy === undefined) throw new InvalidOptionsError(problems, title)
    return policy
  }
  let current = compile()
  let lastSeen = signature
  const look = (stats: Stats | undefined) => {
    const seen = signatureOf(stats)
    const settled = seen === lastSeen
    lastSeen = seen
    if (!settled || seen === signature) return
    signature = seen
    try {
      current = compile('respond-once keeps the policy that it has')
    } catch (error) {
      attempt(() => onError(error as Error), ON_ERROR)
      return
    }
    // Whoever fails must neither end the process nor keep the next from hearing of it.
    for (const listener of [...listeners]) attempt(listener, LISTENER)
  }
  const timer = setInterval(() => {
    stat(from).then(look, () => look(undefined))
  }, everyMs).unref()
  return {
    current: () => current,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => clearInterval(timer),
  }
}
