import { existsSync, readFileSync, statSync } from 'node:fs'
import { findSourceMap, type SourceMapping } from 'node:module'
import { dirname, isAbsolute, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { AnyMap, originalPositionFor, type SourceMapInput, type TraceMap } from '@jridgewell/trace-mapping'
import { LRUCache } from 'lru-cache'
import { parse } from 'stacktrace-parser'

// From a place in what runs to the place in what was written. Only asked when a violation is told.

/** A place in a file. Lines and columns count from 1. */
export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
}

export type PrepareStackTrace = typeof Error.prepareStackTrace

/** Modules that stand on stacks stand on many of them. */
const paths = new LRUCache<string, string>({ max: 1000 })

/** A `file:` URL as a path; anything else as it is. */
export function pathOf(file: string): string {
  if (!file.startsWith('file:')) return file
  const known = paths.get(file)
  if (known !== undefined) return known
  let path = file
  try {
    path = fileURLToPath(file)
  } catch {
    // As it is.
  }
  paths.set(file, path)
  return path
}

/** Bundlers give the sources names of their own: `webpack://shop/./src/users.ts`, from the folder that it ran in. */
function sourcePathOf(source: string, generated: string): string {
  const inside = /^webpack(?:-internal)?:\/\/[^/]*\/(.*)$/.exec(source)?.[1]
  if (inside === undefined) return pathOf(source)
  for (let folder = dirname(generated); ; folder = dirname(folder)) {
    const path = join(folder, inside)
    if (existsSync(path)) return path
    if (folder === dirname(folder)) return source
  }
}

/** Reading is done while a request waits. */
const MAX_BYTES = 16_777_216

/** The maps that files name in their last lines; false where there is none. */
const maps = new LRUCache<string, TraceMap | false>({ max: 100 })

function readMap(file: string): TraceMap | undefined {
  if (!isAbsolute(file) || statSync(file).size > MAX_BYTES) return undefined
  const text = readFileSync(file, 'utf8')
  const at = text.lastIndexOf('//# sourceMappingURL=')
  if (at === -1) return undefined
  const [reference = ''] = text.slice(at + '//# sourceMappingURL='.length).split(/\s/, 1)
  const inline = /^data:application\/json[^,]*?(;base64)?,(.*)$/s.exec(reference)
  const url = new URL(inline === null ? reference : '', pathToFileURL(file))
  if (inline === null && (url.protocol !== 'file:' || statSync(url).size > MAX_BYTES)) return undefined
  const [, base64, payload = ''] = inline ?? []
  const json =
    inline === null
      ? readFileSync(url, 'utf8')
      : base64 === undefined
        ? decodeURIComponent(payload)
        : Buffer.from(payload, 'base64').toString('utf8')
  return new AnyMap(JSON.parse(json) as SourceMapInput, url.href)
}

/** What sources hold that a map carries along. */
const contents = new LRUCache<string, string>({ max: 200 })

function mapOf(file: string): TraceMap | undefined {
  const known = maps.get(file)
  if (known !== undefined) return known || undefined
  let map: TraceMap | undefined
  try {
    map = readMap(file)
  } catch {
    // Not there, or no map: the place is where the code runs.
  }
  maps.set(file, map ?? false)
  map?.resolvedSources.forEach((source, index) => {
    const content = map.sourcesContent?.[index]
    if (typeof content === 'string') contents.set(sourcePathOf(source, file), content)
  })
  return map
}

/** The text of a source that a map carries along; for those that were not deployed. */
export function mappedContentOf(file: string): string | undefined {
  return contents.get(file)
}

function byNode(file: string, { line, column }: Position): Position | undefined {
  const map = findSourceMap(file)
  const found = map?.findEntry(line - 1, column - 1) as Partial<SourceMapping> | undefined
  const { originalSource: source, originalLine, originalColumn } = found ?? {}
  if (source === undefined || originalLine === undefined || originalColumn === undefined) return undefined
  const path = sourcePathOf(source, pathOf(file))
  const { sources = [], sourcesContent = [] } = (map?.payload ?? {}) as {
    sources?: string[]
    sourcesContent?: string[]
  }
  const content = sources.length === 1 ? sourcesContent[0] : undefined
  if (typeof content === 'string') contents.set(path, content)
  return { file: path, line: originalLine + 1, column: originalColumn + 1 }
}

/** What a loader makes of the frame that has its own way to format stacks. */
function byLoader(prepare: PrepareStackTrace, site: NodeJS.CallSite, { line, column }: Position): Position | undefined {
  if (prepare === undefined) return undefined
  try {
    const [frame] = parse(String(prepare(new Error('position'), [site])))
    if (frame?.file == null || frame.lineNumber === null || frame.column === null) return undefined
    const file = pathOf(frame.file)
    // An application may have written anything else there.
    if (!isAbsolute(file) || (frame.lineNumber === line && frame.column === column)) return undefined
    return { file, line: frame.lineNumber, column: frame.column }
  } catch {
    return undefined
  }
}

function byComment(position: Position): Position | undefined {
  const map = mapOf(position.file)
  if (map === undefined) return undefined
  const { source, line, column } = originalPositionFor(map, { line: position.line, column: position.column - 1 })
  if (source === null) return undefined
  return { file: sourcePathOf(source, position.file), line, column: column + 1 }
}

/** Where the source as written has a position, by the map that the file itself names. */
export function writtenPosition(position: Position): Position {
  return position.line < 1 ? position : (byComment(position) ?? position)
}

/** The same for a position that is no frame's. */
export function mappedPosition(raw: Position): Position {
  return byNode(raw.file, raw) ?? writtenPosition({ ...raw, file: pathOf(raw.file) })
}

/** Where eval was called: what it ran has no file. */
function evalPosition(site: NodeJS.CallSite): Position | undefined {
  const found = /\((?!eval at )([^\n]*?):(\d+):(\d+)\)/.exec(site.getEvalOrigin() ?? '')
  return found === null ? undefined : { file: found[1] ?? '', line: Number(found[2]), column: Number(found[3]) }
}

/** The place of a frame in what runs. */
export function rawPosition(site: NodeJS.CallSite): Position {
  const name = site.getFileName() ?? site.getScriptNameOrSourceURL()
  if (!name && site.isEval()) {
    const position = evalPosition(site)
    if (position !== undefined) return position
  }
  return { file: name ?? '', line: site.getLineNumber() ?? 0, column: site.getColumnNumber() ?? 0 }
}

/** The place of a frame in what was written: by Node's own maps, by those of a loader, by the one that the file names. */
export function originalPosition(site: NodeJS.CallSite, raw: Position, prepare: PrepareStackTrace): Position {
  const position = { ...raw, file: pathOf(raw.file) }
  return byNode(raw.file, raw) ?? byLoader(prepare, site, position) ?? writtenPosition(position)
}
