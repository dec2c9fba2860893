import type { Frame, GuardedResponse, Host, ResponseRecord } from '@respond-once/core/adapter'
import type { Application, ExpressRequest, Layer, Route } from './application.ts'
import { routerOf } from './application.ts'

/** The pattern of an Express 4 layer, from the regular expression that Express made of it. */
function patternOfRegExp({ regexp, keys = [] }: Layer): string {
  if (regexp === undefined || regexp.fast_slash === true) return ''
  if (regexp.fast_star === true) return '*'
  let next = 0
  return regexp.source
    .replace(/^\^/, '')
    .replace(/\\\/\?\(\?=\\\/\|\$\)$/, '')
    .replace(/\(\?:\(\[\^\\\/\]\+\?\)\)|\(\?:\\\/\(\[\^\\\/\]\+\?\)\)\??/g, (group) => {
      const key = `:${keys[next++]?.name ?? ''}`
      return group.includes('\\/(') ? `/${key}` : key
    })
    .replace(/\\(.)/g, '$1')
}

function patternOf(path: unknown): string {
  if (Array.isArray(path)) return path.map(patternOf).join(',')
  return path === '/' ? '' : String(path)
}

function mountPatternOf(layer: Layer): string {
  return layer.rawPath === undefined ? patternOfRegExp(layer) : patternOf(layer.rawPath)
}

/** The layers of what a layer calls: a router, or the router of an application that was mounted. */
function layersBelow(layer: Layer): readonly Layer[] | undefined {
  if (layer.route !== undefined) return layer.route.stack
  return layer.handle.stack
}

/** Where a route or a layer stands: the patterns on the way to it, put together. */
function find(stack: readonly Layer[], wanted: Route | Layer, before: string): string | undefined {
  for (const layer of stack) {
    if (layer.route !== undefined && layer.route === wanted) return `${before}${patternOf(layer.route.path)}` || '/'
    const here = layer.route === undefined ? `${before}${mountPatternOf(layer)}` : before
    if (layer === wanted) return here
    const below = layersBelow(layer)
    const found = below === undefined ? undefined : find(below, wanted, here)
    if (found !== undefined) return found
  }
  return undefined
}

function mountPathOf(application: Application & { parent?: Application; mountpath?: unknown }): string {
  const { parent, mountpath } = application
  return parent === undefined ? '' : `${mountPathOf(parent)}${patternOf(mountpath ?? '/')}`
}

/** The pattern of the route that was matched last or, where none was, of the path that the running layer is mounted on. */
function routeOf(response: GuardedResponse, record: ResponseRecord): string | undefined {
  const request = response.req as ExpressRequest
  const application = request?.app
  const stack = application === undefined ? undefined : routerOf(application)?.stack
  if (application === undefined || stack === undefined) return undefined
  const base = mountPathOf(application)
  const { route } = request
  const matched = route === undefined ? undefined : find(stack, route as Route, base)
  if (matched !== undefined) return matched
  const { layer } = record
  return (layer === undefined ? undefined : find(stack, layer as Layer, base)) || undefined
}

const isExpress = ({ packageName }: Frame) => /^express(\d*)$/.test(packageName ?? '')

/** What adapters must know of Express. */
export const expressHost: Host = {
  framework: 'express',
  routeOf,
  placeOf: (response, record) => (response.req as ExpressRequest)?.route ?? record.layer ?? record.guard,
  isFramework: (frame) =>
    frame.owner === 'package' &&
    (/^(router|finalhandler|send|serve-static)$/.test(frame.packageName ?? '') ||
      (isExpress(frame) && /[\\/]lib[\\/](router[\\/]|application\.js$|express\.js$)/.test(frame.file))),
  methodOf: (frame) => {
    if (!isExpress(frame) || !/[\\/]lib[\\/]response\.js$/.test(frame.file)) return undefined
    const name = (frame.methodName ?? frame.functionName ?? 'response').replace(/^.*\./, '')
    return `res.${name === 'header' ? 'set' : name === 'contentType' ? 'type' : name}`
  },
}
