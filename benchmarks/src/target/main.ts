import { subscribe } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import { PerformanceObserver } from 'node:perf_hooks'
import { Readable, Transform, Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { type Scenario, scenarioNamed } from '../catalogue.ts'
import { measureAllocations } from './allocations.ts'
import { listenerOf } from './apps.ts'
import { Connection } from './connection.ts'

const [mode = '', scenarioName = '', variant = '', ...numbers] = process.argv.slice(2)
const warmUpRuns = 8
const scenario = scenarioNamed(scenarioName)

/** An http.Server and its parser keep state of their own, so the process must not end before the last request did. */
function untilRun(connection: Connection, count: number): Promise<void> {
  return new Promise((resolve) => connection.run(count, resolve))
}

async function connect(of: Scenario, variantName: string, path = '/'): Promise<Connection> {
  return new Connection(http.createServer(await listenerOf(of, variantName)), path)
}

/** The other server of the process has already answered: what it changes for everybody, it has changed. */
async function runNeighbour(name: string): Promise<void> {
  const neighbour = await connect(scenarioNamed(name), variant === 'guard-elsewhere' ? 'guard' : 'bare')
  await neighbour.first()
  await untilRun(neighbour, 2000)
}

/** Prints the response, and how many violations a double response on the same app brings: the guard must be awake. */
async function check(): Promise<void> {
  const response = await (await connect(scenario, variant)).first()
  let violations = 0
  subscribe('respond-once:violation', () => violations++)
  const guards = variant === 'guard' || variant === 'guard-always'
  if (guards) {
    await (await connect(scenario, variant, '/twice')).first()
    // On Koa the second answer comes later than the first.
    await pause(10)
  }
  process.stdout.write(
    JSON.stringify({ response: response.toString('latin1'), violations: guards ? violations : null }),
  )
}

/** The counter is switched on from outside and read at every call of a function that nothing else in here calls. */
async function count(warmUp: number, window: number, windows: number, signal: string): Promise<void> {
  const connection = await connect(scenario, variant)
  await connection.first()
  const cell = new Int32Array(new SharedArrayBuffer(4))
  let collections = 0
  new PerformanceObserver((list) => {
    collections += list.getEntries().length
  }).observe({ entryTypes: ['gc'] })

  const start = (): void => {
    collections = 0
    writeFileSync(`${signal}.ready`, String(process.pid))
    while (!existsSync(signal)) Atomics.wait(cell, 0, 0, 20)
  }
  // The warm-up takes the same path, marks and the next second's Date header included: what the JIT first sees while we
  // count, it would throw code away for.
  let left = windows + warmUpRuns
  const mark = (): void => {
    if (left > windows) Atomics.wait(cell, 0, 0, 1050)
    if (left === windows) start()
    os.getPriority()
    left--
    if (left >= windows) connection.run(warmUp / warmUpRuns, mark)
    else if (left >= 0) connection.run(window, mark)
    else setImmediate(() => writeFileSync(`${signal}.done`, String(collections)))
  }
  mark()
}

/**
 * A service has emitters of many kinds: its logger's stream, its database's connections. Where Node sets an emitter up, V8
 * tells four kinds apart. A server and one connection come to exactly four, so that one more of anything, the guard's or
 * not, makes each request dearer by 2,000 instructions, once: no process but a benchmark stands at that edge.
 */
function makeEmitters(): void {
  for (const Class of [EventEmitter, Readable, Writable, Transform]) for (let i = 0; i < 50; i++) new Class()
}

async function main(): Promise<void> {
  makeEmitters()
  if (scenario.neighbour !== undefined) await runNeighbour(scenario.neighbour)
  if (mode === 'check') return check()
  if (mode === 'count') {
    const [warmUp = 0, window = 0, windows = 0] = numbers.slice(0, 3).map(Number)
    return count(warmUp, window, windows, numbers[3] ?? '')
  }
  const connection = await connect(scenario, variant)
  await connection.first()
  if (mode === 'profile') return untilRun(connection, Number(numbers[0]))
  if (mode === 'allocations') {
    process.stdout.write(JSON.stringify(await measureAllocations(connection, Number(numbers[0]))))
    process.exit()
  }
  throw new Error(`unknown mode '${mode}'`)
}

await main()
