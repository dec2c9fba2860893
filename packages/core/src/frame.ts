import { dirname, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import picomatch from 'picomatch'
import { parse } from 'stacktrace-parser'
import {
  mappedPosition,
  originalPosition,
  type Position,
  type PrepareStackTrace,
  pathOf,
  rawPosition,
  writtenPosition,
} from './position.ts'
import type { CallSite } from './violation.ts'

/** Whose code a frame is. A `wrapper` is code of the application that the user does not want to be named. */
export type Owner = 'application' | 'wrapper' | 'package' | 'node' | 'guard'

/** One frame of a captured stack. Positions are those of the source as written, where a source map is known. */
export interface Frame {
  readonly owner: Owner
  readonly file: string
  readonly line: number
  readonly column: number
  readonly functionName: string | undefined
  readonly methodName: string | undefined
  /** The package's name, where the owner is a package. */
  readonly packageName: string | undefined
  /** Equal for two frames of one function: its file and where it begins. Undefined where V8 does not say. */
  readonly functionKey: string | undefined
  /** A function further up that awaits this one, not one that called it. */
  readonly isAsync: boolean
}

/** Whether a file holds wrappers. */
export type IsWrapper = (file: string) => boolean

const NO_WRAPPERS: IsWrapper = () => false

/** Whether a file fits one of the globs: its whole path, or the one from the working directory on. */
export function wrappersOf(globs: readonly string[] | undefined): IsWrapper {
  if (globs === undefined || globs.length === 0) return NO_WRAPPERS
  const fits = picomatch([...globs], { dot: true })
  return (file) => fits(file.replaceAll('\\', '/')) || fits(relative(process.cwd(), file).replaceAll('\\', '/'))
}

const guardRoots: string[] = []
addGuardRoot(import.meta.url)

/**
 * An adapter says where its own modules are, so that their frames are taken for the guard's. In a bundle there is no such
 * place, or it is the application's too: there, only a source map tells the guard's frames.
 */
export function addGuardRoot(moduleUrl: string | undefined): void {
  if (typeof moduleUrl !== 'string' || !moduleUrl.startsWith('file:')) return
  const directory = dirname(fileURLToPath(moduleUrl))
  if (/[\\/](core|express|koa|fastify)[\\/](src|dist)$/.test(directory)) guardRoots.push(directory + sep)
}

const IN_GUARD = /[\\/]node_modules[\\/]@respond-once[\\/](core|express|koa|fastify)[\\/]/

function ownerOf(file: string, isWrapper: IsWrapper): Owner {
  if (file === '' || file === 'native' || file.startsWith('node:') || file.startsWith('internal/')) return 'node'
  if (guardRoots.some((root) => file.startsWith(root)) || IN_GUARD.test(file)) return 'guard'
  if (/[\\/]node_modules[\\/]/.test(file)) return 'package'
  return isWrapper(file) ? 'wrapper' : 'application'
}

function packageNameOf(file: string): string | undefined {
  return /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1]?.replaceAll('\\', '/')
}

/** V8 has these since Node 20; the types do not. */
interface EnclosingPosition {
  getEnclosingLineNumber?(): number
  getEnclosingColumnNumber?(): number
}

/** Whose code it is, and where: what a bundle holds is told apart by where it was written. */
function placed(site: NodeJS.CallSite, prepare: PrepareStackTrace, isWrapper: IsWrapper): Position & { owner: Owner } {
  const raw = rawPosition(site)
  const file = pathOf(raw.file)
  const owner = site.isNative() ? 'node' : ownerOf(file, NO_WRAPPERS)
  if (owner !== 'application') return { owner, ...raw, file }
  const position = originalPosition(site, raw, prepare)
  return { owner: ownerOf(position.file, isWrapper), ...position }
}

/** One frame that V8 has captured. What few ask for is read when they do: V8 looks for a method's name in all its owner has. */
class CapturedFrame implements Frame {
  readonly owner: Owner
  readonly file: string
  readonly line: number
  readonly column: number
  readonly functionName: string | undefined
  readonly packageName: string | undefined
  readonly isAsync: boolean
  readonly #site: NodeJS.CallSite
  #functionKey: string | undefined

  constructor(site: NodeJS.CallSite, { owner, file, line, column }: Position & { readonly owner: Owner }) {
    this.owner = owner
    this.file = file
    this.line = line
    this.column = column
    this.functionName = site.getFunctionName() ?? undefined
    this.packageName = owner === 'package' ? packageNameOf(file) : undefined
    this.isAsync = (site as NodeJS.CallSite & { isAsync?(): boolean }).isAsync?.() ?? false
    this.#site = site
  }

  get methodName(): string | undefined {
    return this.#site.getMethodName() ?? undefined
  }

  get functionKey(): string | undefined {
    this.#functionKey ??= keyOf(this.#site)
    return this.#functionKey
  }
}

function keyOf(site: NodeJS.CallSite): string | undefined {
  const { getEnclosingLineNumber: line, getEnclosingColumnNumber: column } = site as EnclosingPosition
  const script = site.getFileName() ?? site.getScriptNameOrSourceURL() ?? site.getEvalOrigin() ?? ''
  return line && column ? `${script}:${line.call(site)}:${column.call(site)}` : undefined
}

/** Reads one frame that V8 has captured. `prepare` is how the application formats stacks. */
export function frameOf(site: NodeJS.CallSite, prepare: PrepareStackTrace, isWrapper: IsWrapper): Frame {
  return new CapturedFrame(site, placed(site, prepare, isWrapper))
}

/** Reads the frames of a stack that is text already. */
export function framesOfText(stack: string, isWrapper: IsWrapper): readonly Frame[] {
  return parse(stack).map((parsed) => {
    const raw = { file: pathOf(parsed.file ?? ''), line: parsed.lineNumber ?? 0, column: parsed.column ?? 0 }
    const isOurs = ownerOf(raw.file, NO_WRAPPERS) === 'application'
    const position = isOurs ? writtenPosition(raw) : raw
    const owner = ownerOf(position.file, isWrapper)
    return {
      owner,
      ...position,
      functionName: parsed.methodName.replace(/^async /, ''),
      methodName: undefined,
      packageName: owner === 'package' ? packageNameOf(position.file) : undefined,
      functionKey: undefined,
      isAsync: parsed.methodName.startsWith('async '),
    }
  })
}

/** No line of a stack that V8 writes is longer, and no error keeps more of them; a message may be made of anything. */
const MAX_LINE = 1000
const MAX_LINES = 60

/**
 * The lines of an error's stack that V8 wrote. What stands before them is the message: it may hold what a client has
 * sent, and look like a frame.
 */
function framesTextOf(error: unknown): string {
  try {
    if (!(error instanceof Error) || typeof error.stack !== 'string') return ''
    const { stack, message } = error
    // The header is the name and the message; where it is anything else, nobody can tell where it ends.
    const start = message === '' ? stack.indexOf('\n') : stack.indexOf(message)
    const end = start + message.length
    if (start === -1 || stack.slice(0, start).includes('\n') || stack[end] !== '\n') return ''
    const lines = stack.slice(end, end + MAX_LINE * MAX_LINES).split('\n')
    const frames = lines.filter((line) => line.startsWith('    at ') && line.length <= MAX_LINE)
    return frames.slice(0, MAX_LINES).join('\n')
  } catch {
    return ''
  }
}

/**
 * The frames of an error that the application raised, from its `stack` text: an error of the application is never
 * formatted by us, or its `stack` would stay what we made of it.
 */
export function framesOfError(error: unknown, isWrapper: IsWrapper): readonly Frame[] {
  return framesOfText(framesTextOf(error), isWrapper)
}

/** The first frame of the application, as a place; where all of it is wrappers, the innermost of them. */
export function siteOf(frames: readonly Frame[]): CallSite | undefined {
  const frame = frames.find(({ owner }) => owner === 'application') ?? frames.find(({ owner }) => owner === 'wrapper')
  if (frame === undefined) return undefined
  const { file, line, column, functionName } = frame
  return functionName === undefined ? { file, line, column } : { file, line, column, functionName }
}

/** Where the function of a frame begins; undefined where V8 does not say. */
export function beginningOf({ functionKey = '', functionName }: Frame): CallSite | undefined {
  const [, file = '', line, column] = /^(.*):(\d+):(\d+)$/s.exec(functionKey) ?? []
  if (line === undefined) return undefined
  const position = mappedPosition({ file, line: Number(line), column: Number(column) })
  return functionName === undefined ? position : { ...position, functionName }
}
