import '../../../packages/cli/src/bench/probe.ts'
import http from 'node:http'
import http2 from 'node:http2'
import type { AnyListener } from './apps/guards.ts'
import { type LoadFramework, type LoadVariant, type Shape, shapeNamed } from './scenarios.ts'

// A measured server, in a process of its own: `server.mjs <framework> <scenario> <variant>`.

/** Each framework is imported on demand: no process holds another one than its own. */
async function listenerOf(framework: LoadFramework, variant: LoadVariant, shape: Shape): Promise<AnyListener> {
  if (framework === 'node') return (await import('./apps/node.ts')).nodeListener(variant)
  if (framework === 'koa') return (await import('./apps/koa.ts')).koaListener(variant, shape)
  return (await import('./apps/express.ts')).expressApp(framework, variant, shape)
}

async function main(): Promise<void> {
  const [framework, shapeName, variant] = process.argv.slice(2) as [LoadFramework, string, LoadVariant]
  const shape = shapeNamed(shapeName)
  if (variant === 'opentelemetry') (await import('./apps/opentelemetry.ts')).startOpenTelemetry()

  if (framework === 'fastify') return (await import('./apps/fastify.ts')).listenFastify(variant, shape)
  const listener = await listenerOf(framework, variant, shape)
  const server = shape.http2 ? http2.createServer(listener as never) : http.createServer(listener as never)
  server.listen(0, '127.0.0.1')
}

await main()
