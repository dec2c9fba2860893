import { createHook } from 'node:async_hooks'
import http from 'node:http'
import { constants, PerformanceObserver, performance } from 'node:perf_hooks'
import { runInNewContext } from 'node:vm'

// A server that counts its full garbage collections, and what waited for its turn before the last one and lives on.
let collections = 0
let collectedAt = 0
let ticks = []

createHook({
  init(_id, type, _trigger, tick) {
    if (type === 'TickObject') ticks.push({ at: performance.now(), tick: new WeakRef(tick) })
  },
}).enable()

new PerformanceObserver((list) => {
  for (const { detail, startTime } of list.getEntries()) {
    if (detail.kind !== constants.NODE_PERFORMANCE_GC_MAJOR) continue
    collections++
    collectedAt = startTime
  }
}).observe({ entryTypes: ['gc'] })

http
  .createServer((request, response) => {
    if (request.url === '/exposed') return response.end(runInNewContext('typeof gc'))
    const before = ticks.filter(({ at }) => at < collectedAt)
    const alive = before.filter(({ tick }) => tick.deref() !== undefined)
    response.end(JSON.stringify({ collections, ticks: before.length, alive: alive.length }))
    ticks = []
  })
  .listen(3999)
