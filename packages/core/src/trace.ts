import { executionAsyncId } from 'node:async_hooks'
import { findSourceMap, type SourceMapping } from 'node:module'
import { dirname, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'stacktrace-parser'
import type { CallSite } from './violation.ts'

/** How deep a stack is read where something is captured in advance. */
export const FIRST_DEPTH = 30

/** Whose code a frame is. */
export type Owner = 'application' | 'package' | 'node' | 'guard'

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

const guardRoots: string[] = []
addGuardRoot(import.meta.url)

/**
 * An adapter says where its own modules are, so that their frames are taken for the guard's. In a bundle there is no such
 * place, or it is the application's too: nothing is taken for the guard's then.
 */
export function addGuardRoot(moduleUrl: string | undefined): void {
  if (typeof moduleUrl !== 'string' || !moduleUrl.startsWith('file:')) return
  const directory = dirname(fileURLToPath(moduleUrl))
  if (/[\\/](core|express|koa|fastify)[\\/](src|dist)$/.test(directory)) guardRoots.push(directory + sep)
}

function ownerOf(file: string): Owner {
  if (file === '' || file === 'native' || file.startsWith('node:') || file.startsWith('internal/')) return 'node'
  if (guardRoots.some((root) => file.startsWith(root))) return 'guard'
  return /[\\/]node_modules[\\/]/.test(file) ? 'package' : 'application'
}

function packageNameOf(file: string): string | undefined {
  return /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1]?.replaceAll('\\', '/')
}

function pathOf(file: string): string {
  if (!file.startsWith('file:')) return file
  try {
    return fileURLToPath(file)
  } catch {
    return file
  }
}

type PrepareStackTrace = typeof Error.prepareStackTrace

function originalOf(file: string, line: number, column: number) {
  const found = findSourceMap(file)?.findEntry(line - 1, column - 1) as Partial<SourceMapping> | undefined
  if (found?.originalSource === undefined || found.originalLine === undefined || found.originalColumn === undefined)
    return undefined
  return { file: pathOf(found.originalSource), line: found.originalLine + 1, column: found.originalColumn + 1 }
}

/** Where the source as written has this position: Node's own source maps, or those of a loader that formats stacks. */
function originalPosition(
  site: NodeJS.CallSite,
  prepare: PrepareStackTrace,
): { file: string; line: number; column: number } {
  const file = site.getFileName() ?? site.getScriptNameOrSourceURL() ?? ''
  const line = site.getLineNumber() ?? 0
  const column = site.getColumnNumber() ?? 0
  const mapped = file === '' || file.startsWith('node:') ? undefined : originalOf(file, line, column)
  if (mapped !== undefined) return mapped
  if (prepare !== undefined && file !== '' && !file.startsWith('node:')) {
    const formatted = formattedBy(prepare, site)
    if (formatted !== undefined) return formatted
  }
  return { file: pathOf(file), line, column }
}

function formattedBy(prepare: NonNullable<PrepareStackTrace>, site: NodeJS.CallSite) {
  try {
    const [frame] = parse(String(prepare(new Error('position'), [site])))
    if (frame?.file == null || frame.lineNumber === null || frame.column === null) return undefined
    return { file: pathOf(frame.file), line: frame.lineNumber, column: frame.column }
  } catch {
    return undefined
  }
}

/** V8 has these since Node 20; the types do not. */
interface EnclosingPosition {
  getEnclosingLineNumber?(): number
  getEnclosingColumnNumber?(): number
}

function frameOf(site: NodeJS.CallSite, prepare: PrepareStackTrace): Frame {
  const rawFile = pathOf(site.getFileName() ?? site.getScriptNameOrSourceURL() ?? '')
  const owner = site.isNative() ? 'node' : ownerOf(rawFile)
  const position =
    owner === 'application'
      ? originalPosition(site, prepare)
      : { file: rawFile, line: site.getLineNumber() ?? 0, column: 0 }
  const { getEnclosingLineNumber: line, getEnclosingColumnNumber: column } = site as EnclosingPosition
  return {
    owner,
    ...position,
    functionName: site.getFunctionName() ?? undefined,
    methodName: site.getMethodName() ?? undefined,
    packageName: owner === 'package' ? packageNameOf(rawFile) : undefined,
    functionKey: line && column ? `${rawFile}:${line.call(site)}:${column.call(site)}` : undefined,
    isAsync: (site as NodeJS.CallSite & { isAsync?(): boolean }).isAsync?.() ?? false,
  }
}

let turn = 0
let turnEnds = false

/** A number that changes from one turn of the event loop to the next; only asked where something is captured. */
export function currentTurn(): number {
  if (!turnEnds) {
    turnEnds = true
    // Not unref'ed: the event loop would wait for the next event first, and take it for this turn.
    setImmediate(() => {
      turn++
      turnEnds = false
    })
  }
  return turn
}

/** A moment that was captured: when, and from where. */
export interface TracePoint {
  readonly asyncId: number
  readonly turn: number
  /** Innermost first. */
  readonly frames: readonly Frame[]
}

/** The stack at one moment, formatted only when it is read. */
export class Trace implements TracePoint {
  declare private readonly stack: unknown
  readonly asyncId: number = executionAsyncId()
  readonly turn: number = currentTurn()
  #frames: readonly Frame[] | undefined

  constructor(limit: number) {
    const before = Error.stackTraceLimit
    try {
      Error.stackTraceLimit = limit
    } catch {
      // A frozen Error keeps its own limit.
    }
    Error.captureStackTrace(this, Trace)
    try {
      Error.stackTraceLimit = before
    } catch {
      // As above.
    }
  }

  /** Innermost first. */
  get frames(): readonly Frame[] {
    this.#frames ??= this.#format()
    return this.#frames
  }

  #format(): readonly Frame[] {
    const prepare = Error.prepareStackTrace
    let sites: readonly NodeJS.CallSite[] = []
    try {
      Error.prepareStackTrace = (_error, captured) => {
        sites = captured
        return ''
      }
      void this.stack
    } catch {
      // A frozen Error: nothing to read, the place stays unknown.
    } finally {
      if (Error.prepareStackTrace !== prepare) Error.prepareStackTrace = prepare
    }
    return sites.map((site) => frameOf(site, prepare))
  }
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
export function framesOfError(error: unknown): readonly Frame[] {
  const stack = framesTextOf(error)
  return parse(stack).map((parsed) => {
    const file = pathOf(parsed.file ?? '')
    const owner = ownerOf(file)
    return {
      owner,
      file,
      line: parsed.lineNumber ?? 0,
      column: parsed.column ?? 0,
      functionName: parsed.methodName.replace(/^async /, ''),
      methodName: undefined,
      packageName: owner === 'package' ? packageNameOf(file) : undefined,
      functionKey: undefined,
      isAsync: parsed.methodName.startsWith('async '),
    }
  })
}

/** The place where an error was raised, which it knows by itself; read only when somebody asks for it. */
export class ErrorTrace implements TracePoint {
  readonly asyncId: number = executionAsyncId()
  readonly turn: number = currentTurn()
  readonly #error: unknown

  constructor(error: unknown) {
    this.#error = error
  }

  get frames(): readonly Frame[] {
    return framesOfError(this.#error)
  }
}

/** The first frame of the application, as a place. */
export function siteOf(frames: readonly Frame[]): CallSite | undefined {
  const frame = frames.find(({ owner }) => owner === 'application')
  if (frame === undefined) return undefined
  const { file, line, column, functionName } = frame
  return functionName === undefined ? { file, line, column } : { file, line, column, functionName }
}
