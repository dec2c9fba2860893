import { Session } from 'node:inspector/promises'
import { PerformanceObserver } from 'node:perf_hooks'
import { memoryUsage } from 'node:process'
import type { Connection } from './connection.ts'

/** What the sampler saw of one place, in bytes per request. */
export interface Site {
  readonly functionName: string
  readonly url: string
  readonly line: number
  readonly bytes: number
}

export interface Allocated {
  readonly bytesPerRequest: number
  readonly sites: readonly Site[]
}

const windows = 10

/**
 * Bytes per request, counted where nothing is collected within a window: young space holds all of it. The collection
 * between the windows is ours.
 */
export async function countBytes(run: (count: number) => Promise<void>, requests: number): Promise<number> {
  if (!globalThis.gc) throw new Error('needs --expose-gc')
  await run(requests / windows)
  let collections = 0
  new PerformanceObserver((list) => {
    collections += list.getEntries().length
  }).observe({ entryTypes: ['gc'] })
  const perRequest: number[] = []
  for (let i = 0; i < windows; i++) {
    globalThis.gc()
    // Collecting throws optimised code away too: what the JIT allocates afterwards is not the request's.
    await run(2000)
    collections = 0
    const before = memoryUsage().heapUsed
    await run(requests / windows)
    perRequest.push((memoryUsage().heapUsed - before) / (requests / windows))
    if (collections > 0) throw new Error('a collection fell into the count; take fewer requests')
  }
  perRequest.sort((a, b) => a - b)
  return perRequest[windows >> 1] ?? Number.NaN
}

interface SampledNode {
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  readonly selfSize: number
  readonly children: readonly SampledNode[]
}

/** Where objects are born, those that live short included. */
export async function sampleSites(run: (count: number) => Promise<void>, requests: number): Promise<Site[]> {
  const session = new Session()
  session.connect()
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: 4096,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  } as object)
  await run(requests)
  const { profile } = await session.post('HeapProfiler.stopSampling')
  session.disconnect()
  const bytes = new Map<string, Site>()
  const visit = ({ callFrame, selfSize, children }: SampledNode): void => {
    const { functionName, url, lineNumber: line } = callFrame
    const key = `${functionName} ${url} ${line}`
    bytes.set(key, { functionName, url, line, bytes: (bytes.get(key)?.bytes ?? 0) + selfSize / requests })
    for (const child of children) visit(child)
  }
  visit(profile.head)
  return [...bytes.values()].filter((site) => site.bytes > 0).sort((a, b) => b.bytes - a.bytes)
}

export async function measureAllocations(connection: Connection, requests: number): Promise<Allocated> {
  const run = (count: number): Promise<void> => new Promise((resolve) => connection.run(count, resolve))
  await run(20_000)
  const bytesPerRequest = await countBytes(run, requests)
  return { bytesPerRequest, sites: await sampleSites(run, requests) }
}
