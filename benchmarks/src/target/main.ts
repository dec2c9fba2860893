import { subscribe } from 'node:diagnostics_channel'
import http from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { type Scenario, scenarioNamed } from '../catalogue.ts'
import { measureAllocations } from './allocations.ts'
import { listenerOf } from './apps.ts'
import { Connection } from './connection.ts'
import { countWindows, makeEmitters } from './count.ts'
import { SteadyConnection } from './second.ts'

const [mode = '', scenarioName = '', variant = '', ...numbers] = process.argv.slice(2)
const scenario = scenarioNamed(scenarioName)
const isStorm = variant === 'guard-storm'
const path = isStorm ? '/twice' : '/'

/** An http.Server and its parser keep state of their own, so the process must not end before the last request did. */
function untilRun(connection: Connection, count: number): Promise<void> {
  return new Promise((resolve) => connection.run(count, resolve))
}

async function connect(of: Scenario, variantName: string, path = '/'): Promise<Connection> {
  const server = http.createServer(await listenerOf(of, variantName))
  return isStorm ? new SteadyConnection(server, path) : new Connection(server, path)
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
  const guards = variant === 'guard' || variant === 'guard-always' || isStorm
  if (guards) {
    await (await connect(scenario, variant, '/twice')).first()
    // On Koa the second answer comes later than the first.
    await pause(10)
  }
  process.stdout.write(
    JSON.stringify({ response: response.toString('latin1'), violations: guards ? violations : null }),
  )
}

async function main(): Promise<void> {
  makeEmitters()
  if (scenario.neighbour !== undefined) await runNeighbour(scenario.neighbour)
  if (mode === 'check') return check()
  if (mode === 'count') {
    const [warmUp = 0, window = 0, windows = 0] = numbers.slice(0, 3).map(Number)
    const connection = await connect(scenario, variant, path)
    await connection.first()
    return countWindows(
      (requests, done) => connection.run(requests, done),
      { warmUp, window, windows },
      numbers[3] ?? '',
    )
  }
  const connection = await connect(scenario, variant, path)
  await connection.first()
  if (mode === 'profile') return untilRun(connection, Number(numbers[0]))
  if (mode === 'allocations') {
    process.stdout.write(JSON.stringify(await measureAllocations(connection, Number(numbers[0]))))
    process.exit()
  }
  throw new Error(`unknown mode '${mode}'`)
}

await main()
