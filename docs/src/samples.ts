import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../../packages/core/src/explain.ts'
import { fingerprintOf } from '../../packages/core/src/fingerprint.ts'
import { hintOf } from '../../packages/core/src/hint.ts'
import type { Host } from '../../packages/core/src/host.ts'
import {
  type CallSite,
  codeOf,
  type Framework,
  type OperationRecord,
  type Violation,
} from '../../packages/core/src/violation.ts'
import { expressHost } from '../../packages/express/src/route.ts'
import { fastifyHost } from '../../packages/fastify/src/route.ts'
import { koaHost } from '../../packages/koa/src/route.ts'

// One violation of each kind, for the pictures of reports and for their snapshots.

/** The folder that the samples are deployed to. */
export const SAMPLES: string = fileURLToPath(new URL('../samples/', import.meta.url))

/** The place of a call: where its text stands in a file, at its last name; of an assignment, at the `=`. */
function siteOf(file: string, call: string, functionName?: string): CallSite {
  const path = `${SAMPLES}${file}`
  const text = readFileSync(path, 'utf8')
  const at = text.indexOf(call)
  if (at === -1) throw new Error(`${file} has no ${call}`)
  const name = call.endsWith('=') ? call.length - 1 : call.lastIndexOf('.') + 1
  const before = text.slice(0, at + name).split('\n')
  const site = { file: path, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
  return functionName === undefined ? site : { ...site, functionName }
}

function at(operation: string, site: CallSite | undefined, atMs: number, statusCode?: number): OperationRecord {
  return statusCode === undefined ? { operation, site, atMs } : { operation, site, atMs, statusCode }
}

const HOSTS: { readonly [F in Framework]: Pick<Host, 'words'> } = {
  express: expressHost,
  koa: koaHost,
  fastify: fastifyHost,
  node: {},
}

type Told = Pick<Violation, 'kind' | 'action' | 'cause' | 'method' | 'state'> &
  Partial<Pick<Violation, 'framework' | 'route' | 'first' | 'second'>>

function sample({ framework = 'express', route, first, second, ...told }: Told): Violation {
  const draft = { ...told, code: codeOf(told.kind), framework, route, first, second }
  const { words } = HOSTS[framework]
  const clues = { firstPackage: undefined, secondPackage: undefined, parting: undefined, untraced: undefined, words }
  return { ...draft, message: messageOf(draft, clues), hint: hintOf(draft, clues), fingerprint: fingerprintOf(draft) }
}

/** The samples. They are made when they are asked for: places are shown from the working directory on. */
export function samples(): readonly Violation[] {
  const users = (call: string) => siteOf('routes/users.js', call)
  const orders = (call: string) => siteOf('routes/orders.js', call)
  const files = (call: string) => siteOf('routes/files.js', call)
  return [
    sample({
      kind: 'double-response',
      action: 'suppress',
      cause: 'missing-return',
      method: 'GET',
      route: '/users/:id',
      state: 'finished',
      first: at('res.json', users('res.status(404).json'), 1.2, 404),
      second: at('res.json', users('res.json'), 1.6),
    }),
    sample({
      kind: 'late-header',
      action: 'suppress',
      cause: 'middleware-order',
      framework: 'koa',
      method: 'GET',
      route: '/teams',
      state: 'finished',
      first: at('res.end', siteOf('routes/teams.js', 'ctx.res.end', 'list'), 2.5, 200),
      second: at('res.setHeader', siteOf('middleware/timing.js', 'ctx.res.setHeader', 'timing'), 2.9),
    }),
    sample({
      kind: 'late-status',
      action: 'suppress',
      cause: 'duplicate-catch',
      method: 'POST',
      route: '/orders',
      state: 'finished',
      first: at('res.json', orders('res.status(201).json'), 12.1, 201),
      second: at('res.status', orders('res.status(500)'), 84.7),
    }),
    sample({
      kind: 'write-after-end',
      action: 'suppress',
      cause: 'late-callback',
      method: 'GET',
      route: '/export',
      state: 'finished',
      first: at('res.end', siteOf('routes/export.js', 'res.end'), 5003.2, 200),
      second: at('res.write', siteOf('routes/export.js', 'res.write'), 5007.9),
    }),
    sample({
      kind: 'next-after-response',
      action: 'report',
      cause: 'missing-return',
      method: 'GET',
      route: '/account',
      state: 'finished',
      first: at('res.json', siteOf('middleware/auth.js', 'res.status(401).json', 'requireUser'), 0.9, 401),
      second: at('next', siteOf('middleware/auth.js', 'next()\n}', 'requireUser'), 1.1),
    }),
    sample({
      kind: 'next-called-twice',
      action: 'suppress',
      cause: 'late-callback',
      method: 'GET',
      route: '/admin',
      state: 'idle',
      first: at('next', siteOf('middleware/auth.js', 'next()\n  isOwner', 'allowAdmins'), 0.6),
      second: at('next', siteOf('middleware/auth.js', 'next() : res'), 18.3),
    }),
    sample({
      kind: 'error-after-response',
      action: 'suppress',
      cause: 'missing-return',
      method: 'POST',
      route: '/uploads',
      state: 'finished',
      first: at('res.json', siteOf('routes/uploads.js', 'res.status(202).json'), 31.4, 202),
      second: at('throw', siteOf('routes/uploads.js', 'new Error'), 31.8),
    }),
    sample({
      kind: 'truncated-response',
      action: 'suppress',
      cause: 'unknown',
      method: 'GET',
      route: '/reports/:year',
      state: 'headers-sent',
      first: at('res.write', siteOf('routes/reports.js', "res.write('month"), 1.4, 200),
      second: at('throw', siteOf('routes/reports.js', 'totals.of'), 210.6),
    }),
    sample({
      kind: 'no-response',
      action: 'report',
      cause: 'forgotten-response',
      method: 'GET',
      route: '/health',
      state: 'idle',
    }),
    sample({
      kind: 'body-overwritten',
      action: 'report',
      cause: 'missing-return',
      framework: 'koa',
      method: 'GET',
      route: '/profile',
      state: 'headers-set',
      first: at('ctx.redirect', siteOf('routes/profile.js', 'ctx.redirect'), 0.7, 302),
      second: at('ctx.body', siteOf('routes/profile.js', 'ctx.body ='), 6.1),
    }),
    sample({
      kind: 'length-mismatch',
      action: 'report',
      cause: 'unknown',
      framework: 'node',
      method: 'GET',
      state: 'finished',
      first: at('res.setHeader', files('res.setHeader'), 0.8),
      second: at('res.end', files('res.end'), 1.0),
    }),
    sample({
      kind: 'body-not-allowed',
      action: 'report',
      cause: 'unknown',
      method: 'DELETE',
      route: '/notes/:id',
      state: 'headers-set',
      second: at('res.json', files('res.status(204).json'), 1.9, 204),
    }),
    sample({
      kind: 'response-after-close',
      action: 'report',
      cause: 'disconnected-client',
      method: 'GET',
      route: '/search',
      state: 'finished',
      second: at('res.json', files('res.json(results'), 940.2),
    }),
  ]
}
