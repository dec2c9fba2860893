import { EventEmitter } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { PerformanceObserver } from 'node:perf_hooks'
import { Readable, Transform, Writable } from 'node:stream'

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
 * A service has emitters of many kinds: its logger's stream, its database's connections. Where Node sets an emitter up, V8
 * tells four kinds apart. A server and one connection come to exactly four, so that one more of anything, the guard's or
 * not, makes each request dearer by 2,000 instructions, once: no process but a benchmark stands at that edge.
 */
export function makeEmitters(): void {
  for (const Class of [EventEmitter, Readable, Writable, Transform]) for (let i = 0; i < 50; i++) new Class()
}
