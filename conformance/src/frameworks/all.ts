import { expressFramework } from './express.ts'
import { fastifyFramework } from './fastify.ts'
import type { Framework } from './framework.ts'
import { koaFramework } from './koa.ts'
import { nodeHttp } from './node-http.ts'
import { nodeHttp2 } from './node-http2.ts'

export const frameworks: readonly Framework[] = [
  expressFramework('express5', 'express', 'express5'),
  expressFramework('express4', 'express4', 'express4'),
  expressFramework('express50', 'express50', 'express5'),
  expressFramework('express418', 'express418', 'express4'),
  koaFramework('koa3', 'koa', 'koa3'),
  koaFramework('koa2', 'koa2', 'koa2'),
  koaFramework('koa30', 'koa30', 'koa3'),
  koaFramework('koa213', 'koa213', 'koa2'),
  fastifyFramework('fastify5', 'fastify', ['fastify5'], ['fastify', 'fastify5']),
  fastifyFramework('fastify4', 'fastify4', ['fastify4'], ['fastify']),
  // What 5.12 no longer dies of, 5.0 did.
  fastifyFramework('fastify50', 'fastify50', ['fastify4'], ['fastify']),
  fastifyFramework('fastify40', 'fastify40', ['fastify40', 'fastify4'], ['fastify']),
  nodeHttp,
  nodeHttp2,
]

export const frameworkNamed = (name: string): Framework => {
  const found = frameworks.find((framework) => framework.name === name)
  if (!found) throw new Error(`no framework "${name}"; there are ${frameworks.map((one) => one.name).join(', ')}`)
  return found
}
