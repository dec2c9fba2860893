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

/** The layers of what a layer calls: a route, a router, an application. */
function layersBelow(layer: Layer): readonly Layer[] | undefined {
  if (layer.route !== undefined) return layer.route.stack
  const { handle } = layer
  return isApplication(handle) ? routerOf(handle)?.stack : handle.stack
}

/** A layer on the way to a route, with the path that it was added under; undefined where only Express 4 knows it. */
interface Step {
  readonly layer: Layer
  readonly path: unknown
}

/** All the ways through the routers to a route or a layer: a router may be mounted more than once. */
function waysTo(stack: readonly Layer[], wanted: Route | Layer, steps: readonly Step[] = []): (readonly Step[])[] {
  return stack.flatMap((layer) => {
    if (layer.route !== undefined && layer.route === wanted) return [[...steps, { layer, path: layer.route.path }]]
    const here = layer.route === undefined ? [...steps, { layer, path: layer.rawPath ?? mountPathOf(layer) }] : steps
    if (layer === wanted) return [here]
    const below = layersBelow(layer)
    return below === undefined ? [] : waysTo(below, wanted, here)
  })
}

/** What is left of a path behind a layer that is mounted; undefined where it does not fit. */
function restBehind(layer: Layer, path: string): string | undefined {
  const match = layer.match(path)
  if (!match) return undefined
  const taken = typeof match === 'object' ? (match as { path?: string }).path : layer.path
  return path.slice(taken?.length ?? 0) || '/'
}

/** Whether the request's path leads along a way. */
function leadsAlong(steps: readonly Step[], path: string): boolean {
  let rest: string | undefined = path
  for (const { layer } of steps) {
    if (layer.route === undefined && rest !== undefined) rest = restBehind(layer, rest)
  }
  return rest !== undefined
}

/** Of the paths that a layer was added under, the one that fits; where none does, all of them. */
function chosenOf({ layer, path }: Step, rest: string): unknown {
  if (!Array.isArray(path)) return path
  const Fresh = layer.constructor as new (path: unknown, options: object, handle: () => void) => Layer
  const paths: readonly unknown[] = path.flat(Number.POSITIVE_INFINITY)
  const end = layer.route !== undefined
  const fits = (sensitive: boolean) =>
    paths.find((one) => new Fresh(one, { end, strict: false, sensitive }, () => {}).match(rest))
  // Routers keep their settings to themselves: where case decides, the path in the request's own case is meant.
  return fits(true) ?? fits(false) ?? path
}

/** The patterns along a way, put together as the request's path has chosen them. */
function patternAlong(steps: readonly Step[], path: string): string {
  // Express keeps what a layer has matched last on the layer: it is asked for no more than has to be known.
  const isChosen = steps.some((step) => Array.isArray(step.path))
  let rest = path
  let pattern = ''
  for (const step of steps) {
    const { layer } = step
    pattern += step.path === undefined ? patternOfRegExp(layer) : patternOf(chosenOf(step, rest))
    if (isChosen && layer.route === undefined) rest = restBehind(layer, rest) ?? rest
  }
  return pattern
}

function mountedAt(application: Application & { parent?: Application; mountpath?: unknown }): string {
  const { parent, mountpath } = application
  return parent === undefined ? '' : `${mountedAt(parent)}${patternOf(mountpath ?? '/')}`
}

/** A path without what an application is mounted at. */
function behindMount(mount: string, path: string): string {
  const segments = mount.split('/').length
  return `/${path.split('/').slice(segments).join('/')}`
}

/** The pattern of the way to a route or a layer, from an application's own router. */
function patternIn(application: Application, wanted: Route | Layer, path: string): string | undefined {
  const ways = waysTo(routerOf(application)?.stack ?? [], wanted)
  const mount = mountedAt(application)
  const rest = behindMount(mount, path)
  const way = ways.length > 1 ? (ways.find((one) => leadsAlong(one, rest)) ?? ways[0]) : ways[0]
  if (way === undefined) return undefined
  const pattern = `${mount}${patternAlong(way, rest)}`
  return pattern === '' && way.at(-1)?.layer.route !== undefined ? '/' : pattern
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
