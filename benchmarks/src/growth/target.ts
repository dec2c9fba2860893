import http, { type RequestListener, type ServerResponse } from 'node:http'
import type { RequestHandler } from 'express'
import { Connection } from '../target/connection.ts'
import { countWindows, makeEmitters } from '../target/count.ts'
import { SteadyConnection } from '../target/second.ts'
import { curveNamed } from './curves.ts'

// One point of a curve, in a process of its own: `target.mjs count <curve>:<value> <variant> …`.

const [mode = '', point = '', variant = '', ...numbers] = process.argv.slice(2)
const [name = '', text = ''] = point.split(':')
const value = Number(text)
const curve = curveNamed(name)
const isGuarded = variant === 'guard'

/** How many violations were told: a guard that sleeps costs nothing. */
let violations = 0
const options = { reporters: [], trace: 'adaptive', onViolation: () => violations++ } as const

const BODY = Buffer.from('{"hello":"world"}')

function withHeaders(response: ServerResponse): void {
  for (let i = 0; i < value; i++) response.setHeader(`X-Header-${i}`, 'value')
  response.end(BODY)
}

const chunk = Buffer.alloc(100, 'x')

function inChunks(response: ServerResponse): void {
  response.setHeader('Content-Length', value * chunk.length)
  for (let i = 0; i < value; i++) response.write(chunk)
  response.end()
}

const open: ServerResponse[] = []

/** Answers when all have asked. */
function together(response: ServerResponse): void {
  if (open.push(response) < value) return
  setImmediate(() => {
    for (const one of open.splice(0)) one.end(BODY)
  })
}

const plain: { readonly [name: string]: (response: ServerResponse) => void } = {
  headers: withHeaders,
  chunks: inChunks,
  concurrent: together,
}

async function nodeListener(): Promise<RequestListener> {
  const handle = plain[name] as (response: ServerResponse) => void
  const listener: RequestListener = (_request, response) => handle(response)
  return isGuarded ? (await import('@respond-once/core/node')).respondOnce(listener, options) : listener
}

async function expressListener(): Promise<RequestListener> {
  const { default: express } = await import('express')
  const app = express()
  if (isGuarded) app.use((await import('@respond-once/express')).respondOnce(options) as RequestHandler)
  if (name === 'depth') for (let i = 0; i < value; i++) app.use((_request, _response, next) => next())
  if (name === 'routes') for (let i = 1; i < value; i++) app.get(`/route-${i}`, (_request, response) => response.end())
  let asked = 0
  app.get('/', (_request, response) => {
    response.json({ hello: 'world' })
    if (name !== 'violations' || (asked++ % 4) * 25 >= value) return
    try {
      response.json({ hello: 'again' })
    } catch {
      // As an application that knows of the mistake would have it.
    }
  })
  return app as unknown as RequestListener
}

/** Requests over as many connections as responses are to be open at once. */
function runOver(connections: readonly Connection[]) {
  return (requests: number, done: () => void): void => {
    let left = connections.length
    const rounds = Math.max(1, Math.round(requests / connections.length))
    const one = () => {
      if (--left === 0) done()
    }
    for (const connection of connections) connection.run(rounds, one)
  }
}

async function main(): Promise<void> {
  makeEmitters()
  const server = http.createServer(await (curve.framework === 'node' ? nodeListener() : expressListener()))
  const count = name === 'concurrent' ? value : 1
  const Chosen = name === 'violations' ? SteadyConnection : Connection
  const connections = Array.from({ length: count }, () => new Chosen(server, '/'))
  await Promise.all(connections.map((connection) => connection.first()))
  if (mode === 'check') {
    process.stdout.write(String(violations))
    process.exit()
  }
  const [warmUp = 0, window = 0, windows = 0] = numbers.slice(0, 3).map(Number)
  countWindows(runOver(connections), { warmUp, window, windows }, numbers[3] ?? '')
}

await main()
