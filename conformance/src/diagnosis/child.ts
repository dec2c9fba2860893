import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { Violation } from '@respond-once/core'
import { type Expected, expectedOf } from './expected.ts'

// Serves each faulty program of one framework once, and prints what was told.

const [framework = ''] = process.argv.slice(2)

interface Guard {
  readonly trace: 'always'
  readonly reporters: readonly never[]
  readonly policy: object
  readonly onViolation: (violation: Violation) => void
}

/** How long a mistake may take until it is told. */
const PATIENCE_MS = 5_000

const PROTECT = { 'response-after-close': 'report' } as const
/** Not for all: on a busy machine the others may take as long. */
const WAITING = { ...PROTECT, 'no-response': ['report', { afterMs: 150 }] } as const

async function serve(program: (target: never) => unknown, guard: Guard): Promise<Server> {
  if (framework === 'node') {
    const { respondOnce } = await import('@respond-once/core/node')
    return createServer(respondOnce(program as never, guard))
  }
  if (framework === 'express') {
    const [{ default: express }, { respondOnce }] = [await import('express'), await import('@respond-once/express')]
    const app = express().set('env', 'test')
    app.use(respondOnce(guard) as never)
    program(app as never)
    return createServer(app)
  }
  if (framework === 'fastify') {
    const [{ default: fastify }, { respondOnce }] = [await import('fastify'), await import('@respond-once/fastify')]
    const app = fastify()
    await app.register(respondOnce as never, guard as never)
    program(app as never)
    await app.ready()
    return app.server
  }
  const [{ default: Koa }, { respondOnce }] = [await import('koa'), await import('@respond-once/koa')]
  const app = new Koa()
  app.silent = true
  app.use(respondOnce(guard) as never)
  program(app as never)
  return createServer(app.callback())
}

function ask(server: Server, { method, path, options }: Expected): Promise<void> {
  const { port } = server.address() as AddressInfo
  return new Promise((resolve) => {
    const client = request({ port, host: '127.0.0.1', method, path, agent: false }, (response) => {
      response.resume().once('close', resolve)
    })
    client.once('error', () => resolve())
    client.end(method === 'POST' ? '{}' : undefined)
    if (options.includes('leaving')) server.once('request', () => setTimeout(() => client.destroy(), 10))
  })
}

async function diagnose(expected: Expected): Promise<readonly Violation[]> {
  const { programs } = (await import(pathToFileURL(expected.file).href)) as { programs: Record<string, () => unknown> }
  const violations: Violation[] = []
  const usual = expected.kind === 'no-response' ? WAITING : PROTECT
  const rules = expected.options.includes('passing') ? { ...usual, 'next-after-response': 'off' } : usual
  const server = await serve(programs[expected.id] as never, {
    trace: 'always',
    reporters: [],
    policy: { rules },
    onViolation: (violation) => void violations.push(violation),
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const asked = ask(server, expected)
  for (let waited = 0; violations.length === 0 && waited < PATIENCE_MS; waited += 10) await sleep(10)
  // What should not be told on top has its time too.
  await Promise.race([asked, sleep(100)])
  await sleep(60)
  server.close().closeAllConnections()
  return violations
}

// Some of the mistakes end a process that is not guarded; here none may end before all are told.
process.on('unhandledRejection', () => {})
process.on('uncaughtException', () => {})

const told: Record<string, readonly Violation[]> = {}
const queue = [...expectedOf(framework)]
async function work(): Promise<void> {
  for (let expected = queue.shift(); expected !== undefined; expected = queue.shift()) {
    told[expected.id] = await diagnose(expected)
  }
}
try {
  // Not all at once: a timer that is late is another mistake.
  await Promise.all([work(), work(), work(), work()])
  process.stdout.write(JSON.stringify(told))
  process.exit(0)
} catch (error) {
  // A mistake of ours, which nobody above would tell: the process would wait for ever.
  console.error(error)
  process.exit(1)
}
