/** Scenarios and variants by name, the baseline always first. Imports nothing, so that both sides of the fork can read it. */

export type Framework = 'express5' | 'express4' | 'koa3' | 'koa2' | 'fastify5' | 'fastify4' | 'node'

export interface Scenario {
  readonly name: string
  readonly title: string
  readonly framework: Framework
  readonly variants: readonly string[]
  /** Empty middlewares between the variant's own and the route. */
  readonly middlewares?: number
  /** The body is small, so that it is sent as it is: the wrappers are measured, not zlib. */
  readonly compression?: boolean
  /** node:http only: the two usual ways to write the head. */
  readonly head?: 'writeHead' | 'setHeader'
  /** A scenario whose server answers first in the same process: guarded in the variant, bare in the baseline. */
  readonly neighbour?: string
}

const onFramework = ['bare', 'empty', 'guard', 'guard-always', 'guard-off', 'on-headers']
const onNode = ['bare', 'guard', 'guard-always', 'guard-off', 'on-headers']
const unguarded = ['bare', 'guard-elsewhere']

export const scenarios: readonly Scenario[] = [
  {
    name: 'express5',
    title: 'Express 5, JSON hello',
    framework: 'express5',
    variants: [...onFramework, 'guard-storm'],
  },
  { name: 'express4', title: 'Express 4, JSON hello', framework: 'express4', variants: onFramework },
  {
    name: 'express5-chain',
    title: 'Express 5, ten middlewares',
    framework: 'express5',
    variants: onFramework,
    middlewares: 10,
  },
  {
    name: 'express4-chain',
    title: 'Express 4, ten middlewares',
    framework: 'express4',
    variants: onFramework,
    middlewares: 10,
  },
  {
    name: 'express5-compression',
    title: 'Express 5, compression',
    framework: 'express5',
    variants: onFramework,
    compression: true,
  },
  {
    name: 'express4-compression',
    title: 'Express 4, compression',
    framework: 'express4',
    variants: onFramework,
    compression: true,
  },
  { name: 'koa3', title: 'Koa 3, JSON hello', framework: 'koa3', variants: onFramework },
  { name: 'koa2', title: 'Koa 2, JSON hello', framework: 'koa2', variants: onFramework },
  { name: 'koa3-chain', title: 'Koa 3, ten middlewares', framework: 'koa3', variants: onFramework, middlewares: 10 },
  { name: 'koa2-chain', title: 'Koa 2, ten middlewares', framework: 'koa2', variants: onFramework, middlewares: 10 },
  { name: 'fastify5', title: 'Fastify 5, JSON hello', framework: 'fastify5', variants: onFramework },
  { name: 'fastify4', title: 'Fastify 4, JSON hello', framework: 'fastify4', variants: onFramework },
  {
    name: 'fastify5-chain',
    title: 'Fastify 5, ten hooks',
    framework: 'fastify5',
    variants: onFramework,
    middlewares: 10,
  },
  { name: 'node-writehead', title: 'node:http, writeHead', framework: 'node', variants: onNode, head: 'writeHead' },
  { name: 'node-setheader', title: 'node:http, setHeader', framework: 'node', variants: onNode, head: 'setHeader' },
  {
    name: 'node-unguarded',
    title: 'node:http, beside another server',
    framework: 'node',
    variants: unguarded,
    head: 'writeHead',
    neighbour: 'node-writehead',
  },
  {
    name: 'express5-unguarded',
    title: 'Express 5, beside another app',
    framework: 'express5',
    variants: unguarded,
    neighbour: 'express5',
  },
]

export const variantTitles: Readonly<Record<string, string>> = {
  bare: 'bare',
  empty: 'one empty middleware or hook',
  guard: 'guard, production profile',
  'guard-always': "guard, trace: 'always'",
  'guard-off': 'guard, enabled: false',
  'guard-storm': 'guard, each request answered twice',
  'guard-elsewhere': 'the other server is guarded',
  'on-headers': 'on-headers + on-finished',
}

export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name)
  if (!found)
    throw new Error(`no scenario '${name}'; there are ${scenarios.map((scenario) => scenario.name).join(', ')}`)
  return found
}
