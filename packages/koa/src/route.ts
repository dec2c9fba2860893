import {
  type Frame,
  type GuardedResponse,
  type Host,
  isSameFunction,
  type Moment,
  type ResponseRecord,
  type StagedAnswer,
} from '@respond-once/core/adapter'
import type { KoaContext } from './application.ts'
import { lastPassed } from './compose.ts'
import { abandoning, Flow, lastBegun } from './flow.ts'

/** What Koa answers with where nobody has. */
const DEFAULT = 'koa'

/** The pattern of the route that was matched. A router below a mount knows its own part of it. */
function patternOf({ matched, _matchedRoute, request, mountPath = '', originalUrl = '' }: KoaContext): unknown {
  const method = request?.method ?? ''
  const layer = matched?.findLast(({ methods }) => methods.includes(method))
  const pattern = layer?.path ?? _matchedRoute
  if (layer?.match === undefined || mountPath === '' || typeof pattern !== 'string') return pattern
  return layer.match(originalUrl.replace(/\?.*$/s, '')) ? pattern : `${mountPath}${pattern}`
}

function contextOf({ layer }: ResponseRecord): KoaContext | undefined {
  return layer instanceof Flow ? layer.context : undefined
}

function routeOf(_response: GuardedResponse, record: ResponseRecord): string | undefined {
  const context = contextOf(record)
  const pattern = context && patternOf(context)
  return pattern === undefined ? undefined : String(pattern)
}

function stagedAnswer({ layer }: ResponseRecord): StagedAnswer {
  const flow = layer as Flow
  const { operation, staged } = flow
  if (staged !== undefined) return staged
  if (operation !== undefined) return { operation, trace: undefined }
  return { operation: DEFAULT, trace: abandoning(flow)?.trace ?? lastPassed(flow) }
}

const TIMEOUT_STATUS: ReadonlySet<number | undefined> = new Set([408, 503, 504])

/**
 * A middleware has ended although what it has started goes on. Where it had passed control on and answered later, it was
 * waiting, and gave up; else it has never waited.
 */
function causeOf({ layer }: ResponseRecord, first: Moment): 'missing-await' | 'timeout' | undefined {
  const passage = layer instanceof Flow ? abandoning(layer) : undefined
  if (passage === undefined) return undefined
  if (first.operation === 'throw' || TIMEOUT_STATUS.has(first.statusCode)) return 'timeout'
  if (first.operation === DEFAULT) return 'missing-await'
  const { trace } = passage
  const application = ({ owner }: Frame) => owner === 'application'
  const caller = trace?.frames.find(application)
  if (trace === undefined || first.trace === undefined || caller === undefined) return undefined
  const isSame = first.frames.some((frame) => application(frame) && isSameFunction(frame, caller))
  const isLater = first.trace.turn !== trace.turn || first.trace.asyncId !== trace.asyncId
  return isSame && isLater ? 'timeout' : 'missing-await'
}

const isKoa = ({ packageName }: Frame) => /^koa\d*$/.test(packageName ?? '')

/** The guard calls middleware in Koa's place. */
function callsMiddleware({ owner, functionName, file }: Frame): boolean {
  if (owner !== 'guard' || !/^(runMiddleware|callFollowed)$/.test(functionName ?? '')) return false
  return /[\\/]koa[\\/](src|dist)[\\/]/.test(file)
}

/** What adapters must know of Koa. */
export const koaHost: Host = {
  framework: 'koa',
  words: { sent: 'ctx.headerSent', status: 'ctx.status', passes: 'next()' },
  routeOf,
  placeOf: (_response, record) => {
    const context = contextOf(record)
    return (context && patternOf(context)) ?? record.guard
  },
  isFramework: (frame) =>
    (frame.owner === 'package' &&
      (/^(koa-compose|koa-mount|@koa\/router|koa-router)$/.test(frame.packageName ?? '') ||
        (isKoa(frame) && /[\\/]lib[\\/](application|context)\.js$/.test(frame.file)))) ||
    callsMiddleware(frame),
  methodOf: (frame) => {
    const name = (frame.methodName ?? frame.functionName ?? '').replace(/^.*[. ]/, '')
    if (frame.packageName === 'cookies') return name === 'set' ? 'ctx.cookies.set' : undefined
    return isKoa(frame) && /[\\/]lib[\\/]response\.js$/.test(frame.file) ? `ctx.${name}` : undefined
  },
  handlerOf: ({ layer }) => (layer instanceof Flow ? lastBegun(layer)?.name : undefined),
  stagedAnswer,
  causeOf,
}
