/** What is served under load, on every framework that can. Imports nothing, so that both sides of the fork can read it. */

export const FRAMEWORKS = ['node', 'express5', 'express4', 'koa', 'fastify'] as const

export type LoadFramework = (typeof FRAMEWORKS)[number]

export const frameworkTitles: Readonly<Record<LoadFramework, string>> = {
  node: 'node:http',
  express5: 'Express 5',
  express4: 'Express 4',
  koa: 'Koa 3',
  fastify: 'Fastify 5',
}

/** One request, and how it is asked for. */
export interface Shape {
  readonly name: string
  readonly title: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly status: number
  /** Empty middlewares before the route. */
  readonly middlewares?: number
  readonly pipelining?: number
  readonly body?: string
  readonly http2?: boolean
  readonly frameworks: readonly LoadFramework[]
}

const withMiddlewares: readonly LoadFramework[] = ['express5', 'express4', 'koa', 'fastify']
// Express does not run on http2.
const onHttp2: readonly LoadFramework[] = ['node', 'koa', 'fastify']

/** A customer's order of about a kilobyte. */
export const ORDER: string = JSON.stringify({
  customer: 4711,
  lines: Array.from({ length: 12 }, (_, at) => ({
    article: `article-${at}`,
    count: at + 1,
    price: 9.95,
    note: 'as a gift',
  })),
})

const get = { method: 'GET', status: 200, frameworks: FRAMEWORKS } as const

export const shapes: readonly Shape[] = [
  { ...get, name: 'hello', title: 'JSON hello', path: '/hello' },
  { ...get, name: 'headers', title: '20 headers', path: '/headers' },
  { ...get, name: 'stream', title: '1 MB in 64 chunks', path: '/stream' },
  { ...get, name: 'missing', title: '404', path: '/missing', status: 404 },
  { ...get, name: 'error', title: 'error path', path: '/error', status: 500 },
  { ...get, name: 'chain', title: 'ten middlewares', path: '/hello', middlewares: 10, frameworks: withMiddlewares },
  { ...get, name: 'pipelined', title: 'pipelined', path: '/hello', pipelining: 10 },
  { ...get, name: 'post', title: 'POST of 1 kB', method: 'POST', path: '/orders', body: ORDER },
  { ...get, name: 'http2', title: 'http2', path: '/hello', http2: true, pipelining: 10, frameworks: onHttp2 },
]

/** What stands before the routes. The baseline first. */
export const VARIANTS = [
  'bare',
  'empty',
  'guard',
  'guard-always',
  'guard-off',
  'on-headers',
  'snippet',
  'timeout-handler',
  'opentelemetry',
] as const

export type LoadVariant = (typeof VARIANTS)[number]

export const loadVariantTitles: Readonly<Record<LoadVariant, string>> = {
  bare: 'bare',
  empty: 'one empty middleware',
  guard: 'guard, production profile',
  'guard-always': "guard, trace: 'always'",
  'guard-off': 'guard, enabled: false',
  'on-headers': 'on-headers + on-finished',
  snippet: 'res.json/res.send overridden per request',
  'timeout-handler': 'express-timeout-handler',
  opentelemetry: 'OpenTelemetry, http instrumentation',
}

const onExpressOnly: readonly LoadVariant[] = ['snippet', 'timeout-handler']

/** Whether a variant exists on a framework. */
export function offers(framework: LoadFramework, variant: LoadVariant): boolean {
  if (onExpressOnly.includes(variant)) return framework.startsWith('express')
  return variant !== 'empty' || framework !== 'node'
}

export function shapeNamed(name: string): Shape {
  const found = shapes.find((shape) => shape.name === name)
  if (!found) throw new Error(`no scenario '${name}'; there are ${shapes.map((shape) => shape.name).join(', ')}`)
  return found
}
