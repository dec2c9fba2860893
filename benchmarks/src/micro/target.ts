import { createServer, IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { Guard } from '../../../packages/core/src/guard.ts'
import type { GuardedResponse, Host } from '../../../packages/core/src/host.ts'
import { jsonReporter, type Violation } from '../../../packages/core/src/index.ts'
import { respondOnce } from '../../../packages/core/src/node.ts'
import { ANSWER, HEADER, IDLE, STATUS, step } from '../../../packages/core/src/state.ts'
import { FIRST_DEPTH, Trace } from '../../../packages/core/src/trace.ts'
import { bytesOf, type Micro, nanosecondsOf } from './measure.ts'
import { askPolicies } from './policy.ts'

// The guard's parts by themselves, in a process of their own, as plain JavaScript.

const host: Host = {
  framework: 'node',
  routeOf: () => '/users/:id',
  placeOf: (_response, record) => record.guard,
  isFramework: () => false,
  methodOf: () => undefined,
}

/** A response as far as core's middle looks at it. */
class BareResponse implements GuardedResponse {
  headersSent = false
  writableEnded = false
  statusCode = 200
  readonly req = { method: 'GET' }
  readonly socket = null
  hasHeader(): boolean {
    return false
  }
  destroy(): this {
    return this
  }
}

const guard = new Guard(host, { policy: 'protect', trace: 'never', reporters: [] })
function happyPath(): void {
  const response = new BareResponse()
  const record = guard.attach(response)
  guard.allow(response, record, STATUS, 'res.status')
  guard.allow(response, record, HEADER, 'res.setHeader')
  guard.allow(response, record, ANSWER, 'res.json')
  response.headersSent = true
  response.writableEnded = true
}

/** The stack of a handler within a framework: thirty calls deep. */
function deep(depth: number): unknown {
  return depth === 0 ? new Trace(FIRST_DEPTH, guard.judge.isWrapper) : deep(depth - 1)
}

let last: Violation | undefined
const keep = (violation: Violation) => {
  last = violation
}
const answering = (times: number) => (_request: unknown, response: ServerResponse) => {
  for (let i = 0; i < times; i++) response.end('once')
}
const once = respondOnce(answering(1), { trace: 'never', reporters: [], onViolation: keep })
const twice = respondOnce(answering(2), { trace: 'never', reporters: [], onViolation: keep })
const traced = respondOnce(answering(2), { trace: 'always', reporters: [], onViolation: keep })

// As a server does it: the guard chooses, at the first response, the class that it makes the others of.
const server = createServer()
const socket = Object.assign(new Socket(), { server })
const CLASS = Object.getOwnPropertySymbols(server).find(({ description }) => description === 'ServerResponse') as symbol

function exchange(listener: (request: IncomingMessage, response: ServerResponse) => unknown): void {
  const request = new IncomingMessage(socket)
  request.method = 'GET'
  const Response = (server as unknown as Record<symbol, typeof ServerResponse>)[CLASS] as typeof ServerResponse
  listener(request, new Response(request))
}

/** Takes chunks for nothing, so that what the guard adds is not lost in what Node does with them. */
class Sink extends ServerResponse {
  override write(_chunk: unknown): boolean {
    return true
  }
}

const chunk = Buffer.alloc(100, 'x')

/** A body under way, to which chunks are added without end. */
function streaming(isGuarded: boolean): () => unknown {
  const request = new IncomingMessage(new Socket())
  request.method = 'GET'
  const response = new Sink(request)
  const begin = (_request: unknown, one: ServerResponse) => one.write(chunk)
  const listener = isGuarded ? respondOnce(begin, { trace: 'adaptive', reporters: [] }) : begin
  listener(request, response)
  return () => response.write(chunk)
}

/** What the guard adds to each chunk but the first. */
async function chunkMicro(): Promise<Micro> {
  const [bare, guarded] = [streaming(false), streaming(true)]
  const nanoseconds = (await nanosecondsOf(guarded)) - (await nanosecondsOf(bare))
  return { title: 'a further chunk of a body', nanoseconds, bytes: bytesOf(guarded, 1_000_000) }
}

async function micro(title: string, work: () => unknown): Promise<Micro> {
  return { title, nanoseconds: await nanosecondsOf(work), bytes: bytesOf(work) }
}

async function main(): Promise<void> {
  const results: Micro[] = []
  let state = IDLE
  const add = async (title: string, work: () => unknown) => results.push(await micro(title, work))
  await add('a transition', () => {
    state = step(state & 1, HEADER)
    return state
  })
  await add('a record: attached, status, header, answer, finished', happyPath)
  await add('a capture, 30 calls deep', () => deep(30))
  await add('an exchange in Node, one answer', () => exchange(once))
  results.push(await chunkMicro())
  await add('the same, a second answer told', () => exchange(twice))
  await add('the same, traced: both places, the cause by the source', () => exchange(traced))
  const reporter = jsonReporter({ write: () => {} } as never)
  exchange(traced)
  await add('a line of JSON for one violation', () => reporter.report(last as Violation))
  results.push(...(await askPolicies()))
  process.stdout.write(JSON.stringify(results))
  process.exit()
}

await main()
