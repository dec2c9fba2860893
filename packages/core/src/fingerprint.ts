import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { anonymousNameOf } from './quote.ts'
import { fingerprintPrefixOf, type OperationRecord, type Violation } from './violation.ts'

const packageRoots = new Map<string, string>()

/** The nearest folder above with a package.json, so that a fingerprint does not know the deploy path. */
function packageRootOf(directory: string): string {
  const known = packageRoots.get(directory)
  if (known !== undefined) return known
  const parent = dirname(directory)
  const root = parent === directory || existsSync(join(directory, 'package.json')) ? directory : packageRootOf(parent)
  if (packageRoots.size < 1000) packageRoots.set(directory, root)
  return root
}

/** Functions without a name are known by what they are given to, or all of a file would be one. */
function identityOf(operation: OperationRecord | undefined): string {
  const { site } = operation ?? {}
  if (site === undefined) return `${operation?.operation ?? ''}||`
  const file = relative(packageRootOf(dirname(site.file)), site.file).replaceAll('\\', '/')
  return `${operation?.operation}|${file}|${site.functionName || anonymousNameOf(site)}`
}

/** From kind, cause, operations, package-relative files and function names: no line, no absolute path. */
export function fingerprintOf({
  kind,
  cause,
  first,
  second,
  route,
}: Pick<Violation, 'kind' | 'cause' | 'first' | 'second'> & { readonly route?: string | undefined }): string {
  const parts = [kind, cause, identityOf(first), identityOf(second)]
  // Nobody did anything: all routes that do not answer would be one mistake.
  if (kind === 'no-response' && route !== undefined) parts.push(route)
  const identity = parts.join('\n')
  return fingerprintPrefixOf(kind) + createHash('sha256').update(identity).digest('hex').slice(0, 14)
}
