import type { Frame, GuardedResponse, Host, ResponseRecord } from '@respond-once/core/adapter'
import type { Application, ExpressRequest, Layer, Route } from './application.ts'
import { isApplication, routerOf } from './application.ts'
import { isCovered } from './response.ts'
import { mountPathOf } from './routers.ts'
import { applicationOf } from './whole.ts'

/** The pattern of an Express 4 layer that was added before the guard, from the expression that Express made of it. */
function patternOfRegExp({ regexp, keys = [] }: Layer): string {
  if (regexp === undefined || regexp.fast_slash === true) return ''
  if (regexp.fast_star === true) return '*'
  let next = 0
  return regexp.source
    .replace(/^\^/, '')
    .replace(/\\\/\?\(\?=\\\/\|\$\)$/, '')
    .replace(/\(\?:(\\\/)?\(\[\^\\?\/\]\+\?\)\)\??/g, (_group, slash) => {
      const key = `:${keys[next++]?.name ?? ''}`
      return slash === undefined ? key : `/${key}`
    })
    .replace(/\\(.)/g, '$1')
}

function patternOf(path: unknown): string {
  if (Array.isArray(path)) return path.map(patternOf).join(',')
  return path === '/' ? '' : String(path)
}

function mountPatternOf(layer: Layer): string {
  const path = layer.rawPath ?? mountPathOf(layer)
  return path === undefined ? patternOfRegExp(layer) : patternOf(path)
}

/** The layers of what a layer calls: a route, a router, an application. */
function layersBelow(layer: Layer): readonly Layer[] | undefined {
  if (layer.route !== undefined) return layer.route.stack
  const { handle } = layer
  return isApplication(handle) ? routerOf(handle)?.stack : handle.stack
}

/** A way through the routers: the patterns put together, and the layers on which something is mounted. */
interface Way {
  readonly pattern: string
  readonly mounts: readonly Layer[]
}

/** All the ways to a route or a layer: a router may be mounted more than once. */
function waysTo(stack: readonly Layer[], wanted: Route | Layer, { pattern, mounts }: Way): Way[] {
  return stack.flatMap((layer) => {
    if (layer.route !== undefined && layer.route === wanted) {
      return [{ pattern: `${pattern}${patternOf(layer.route.path)}` || '/', mounts }]
    }
    const here =
      layer.route === undefined
        ? { pattern: `${pattern}${mountPatternOf(layer)}`, mounts: [...mounts, layer] }
        : { pattern, mounts }
    if (layer === wanted) return [here]
    const below = layersBelow(layer)
    return below === undefined ? [] : waysTo(below, wanted, here)
  })
}

/** Whether the request's path leads along the mounts. */
function leadsAlong({ mounts }: Way, path: string): boolean {
  let rest = path
  for (const layer of mounts) {
    const match = layer.match(rest)
    if (!match) return false
    const taken = typeof match === 'object' ? (match as { path?: string }).path : layer.path
    rest = rest.slice(taken?.length ?? 0) || '/'
  }
  return true
}

function mountedAt(application: Application & { parent?: Application; mountpath?: unknown }): string {
  const { parent, mountpath } = application
  return parent === undefined ? '' : `${mountedAt(parent)}${patternOf(mountpath ?? '/')}`
}

/** The pattern of the way to a route or a layer, from an application's own router. */
function patternIn(application: Application, wanted: Route | Layer, path: string): string | undefined {
  const stack = routerOf(application)?.stack ?? []
  const ways = waysTo(stack, wanted, { pattern: mountedAt(application), mounts: [] })
  return (ways.length > 1 ? (ways.find((way) => leadsAlong(way, path)) ?? ways[0]) : ways[0])?.pattern
}

/** The pattern of the route that was matched last or, where none was, of the path that the running layer is mounted on. */
function routeOf(response: GuardedResponse, record: ResponseRecord): string | undefined {
  const request = response.req as ExpressRequest
  const path = (request?.originalUrl ?? request?.url ?? '').replace(/\?.*$/s, '')
  const applications = [applicationOf(record.guard), request?.app]
  for (const wanted of [request?.route, record.layer] as (Route | Layer | undefined)[]) {
    for (const application of applications) {
      if (wanted === undefined || application === undefined) continue
      const pattern = patternIn(application, wanted, path)
      if (pattern !== undefined) return pattern || undefined
    }
  }
  return undefined
}

const isExpress = ({ packageName }: Frame) => /^express(\d*)$/.test(packageName ?? '')

/** What adapters must know of Express. */
export const expressHost: Host = {
  framework: 'express',
  words: { status: 'res.status(code)', passes: 'next()' },
  routeOf,
  placeOf: (response, record) => (response.req as ExpressRequest)?.route ?? record.layer ?? record.guard,
  secondPlaceOf: (record) => record.layer,
  handlerOf: ({ layer }) => (layer as Layer | undefined)?.handle.name,
  isFramework: (frame) =>
    frame.owner === 'package' &&
    (/^(router|finalhandler|send|serve-static)$/.test(frame.packageName ?? '') ||
      (isExpress(frame) && /[\\/]lib[\\/](router[\\/]|application\.js$|express\.js$)/.test(frame.file))),
  methodOf: (frame) => {
    if (!isExpress(frame) || !/[\\/]lib[\\/]response\.js$/.test(frame.file)) return undefined
    const name = (frame.methodName ?? frame.functionName ?? 'response').replace(/^.*\./, '')
    return `res.${name === 'header' ? 'set' : name === 'contentType' ? 'type' : name}`
  },
  isCovered,
}
