import { expect, it } from 'vitest'
import { exchange } from '../../src/bench/exchange.ts'
import { Experiment } from '../../src/bench/experiment.ts'
import { type Loader, loadHttp } from '../../src/bench/load.ts'
import { ServerProcess } from '../../src/bench/server-process.ts'
import { PROBE, serverFile } from './command.ts'

const request = { method: 'GET', path: '/', headers: {} }
const start = (...flags: readonly string[]) =>
  ServerProcess.start({ args: [...flags, ...PROBE, serverFile('collected')], env: process.env, timeoutMs: 20_000 })

interface Collected {
  readonly collections: number
  /** What waited for its turn before the last collection. */
  readonly ticks: number
  /** How many of them live on. */
  readonly alive: number
}

async function collectedIn(origin: string): Promise<Collected> {
  return JSON.parse((await exchange(origin, request)).start.toString()) as Collected
}

it('collects all that waited for its turn in a server', async () => {
  const server = await start()
  try {
    const before = await collectedIn(server.origin)
    await server.collectGarbage()
    const { collections, ticks, alive } = await collectedIn(server.origin)
    expect(collections - before.collections).toBeGreaterThanOrEqual(4)
    expect(ticks).toBeGreaterThan(0)
    expect(alive).toBe(0)
  } finally {
    await server.stop()
  }
})

it.each([
  { flags: [], gc: 'undefined' },
  { flags: ['--expose-gc'], gc: 'function' },
])('leaves gc to a server as it was started: $flags', async ({ flags, gc }) => {
  const server = await start(...flags)
  try {
    await server.collectGarbage()
    const answer = await exchange(server.origin, { ...request, path: '/exposed' })
    expect(answer.start.toString()).toBe(gc)
  } finally {
    await server.stop()
  }
})

it('measures only processes that have met a collection', { timeout: 60_000 }, async () => {
  const seen = new Map<string, number[]>()
  const amounts: number[] = []
  const load: Loader = async (one) => {
    const counts = seen.get(one.origin) ?? []
    // Two programs and the control.
    if (seen.set(one.origin, counts).size > 3) throw new Error('the first group is seen')
    counts.push((await collectedIn(one.origin)).collections)
    if (seen.size === 1) amounts.push(one.amount)
    return loadHttp(one)
  }
  const variants = [
    { name: 'off', title: 'off', start: () => start() },
    { name: 'on', title: 'on', start: () => start() },
  ] as const
  const plan = { budgetPercent: 2, connections: 2, pipelining: 1, warmUpSeconds: 0.2, windowSeconds: 0.05, sweeps: 2 }
  const targets = [{ name: '/', request }]
  const experiment = new Experiment({ ...plan, variants, targets, maxSeconds: 300, load })
  await expect(experiment.run()).rejects.toThrow('the first group is seen')
  // How many requests a window takes is found to the end of the first warm-up: before the collection the code is another.
  const [counts = []] = seen.values()
  const collected = counts.findIndex((count) => count - (counts[0] ?? 0) >= 4)
  expect(new Set(amounts.slice(collected)).size).toBeGreaterThan(1)
  const groups = [...seen.values()].slice(0, 3)
  for (const counts of groups) {
    // Four windows and the heap's are at the end; what comes before them warms up.
    const [first = Number.NaN] = counts
    const measured = counts.slice(-5)
    expect(counts.length).toBeGreaterThan(6)
    for (const count of measured) expect(count - first).toBeGreaterThanOrEqual(4)
    // It is warmed up once more after them.
    expect((counts.at(-6) ?? first) - first).toBeGreaterThanOrEqual(4)
  }
})
