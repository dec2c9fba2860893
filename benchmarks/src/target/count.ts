import { EventEmitter } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import os from 'node:os'
import { PerformanceObserver } from 'node:perf_hooks'

const warmUpRuns = 8

/** How many requests are run, and how many of them are counted at a time. */
export interface Windows {
  readonly warmUp: number
  readonly window: number
  readonly windows: number
}

/**
 * Runs requests in windows. The counter is switched on from outside and read at every call of a function that nothing else
 * in here calls.
 */
export function countWindows(
  run: (requests: number, done: () => void) => void,
  { warmUp, window, windows }: Windows,
  signal: string,
): void {
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
    if (left >= windows) run(warmUp / warmUpRuns, mark)
    else if (left >= 0) run(window, mark)
    else setImmediate(() => writeFileSync(`${signal}.done`, String(collections)))
  }
  mark()
}

/**
 * A service has emitters of many kinds: its database's connections, its queues, its caches. Where Node sets an emitter up, V8
 * tells four kinds apart, and a server and its responses are two. One more of anything, the guard's or not, would make each
 * request dearer by 2,000 instructions, once: no process but a benchmark stands at that edge. Streams are no such kinds:
 * they set themselves up.
 */
export function makeEmitters(): void {
  const kinds = [EventEmitter, Agent, ...Array.from({ length: 4 }, () => class extends EventEmitter {})]
  for (const Kind of kinds) for (let i = 0; i < 50; i++) new Kind()
}
