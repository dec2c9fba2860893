import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { metrics, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { respondOnce } from '../src/node.ts'
import { openTelemetryReporter } from '../src/opentelemetry.ts'
import { readAlertNames, readDashboardLabels, readDashboardNames } from './observability.ts'

// The real SDK, and its Prometheus exporter as Prometheus asks it.

const exporter = new PrometheusExporter({ preventServerStart: true })
const meterProvider = new MeterProvider({ readers: [exporter] })
const spans = new InMemorySpanExporter()
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
const contexts = new AsyncLocalStorageContextManager().enable()

const scrapes = createServer((request, response) => exporter.getMetricsRequestHandler(request, response))

const guarded = createServer(
  respondOnce(
    (request, response) => {
      tracerProvider.getTracer('test').startActiveSpan('request', (span) => {
        response.end('one')
        if (request.url !== '/healthy') response.end('two')
        span.end()
      })
    },
    { reporters: [openTelemetryReporter()], trace: 'always' },
  ),
)

const urlOf = (server: typeof scrapes) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

beforeAll(async () => {
  const { context } = await import('@opentelemetry/api')
  context.setGlobalContextManager(contexts)
  metrics.setGlobalMeterProvider(meterProvider)
  trace.setGlobalTracerProvider(tracerProvider)
  for (const server of [scrapes, guarded]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  }
})

afterAll(async () => {
  metrics.disable()
  trace.disable()
  for (const server of [scrapes, guarded]) server.close().closeAllConnections()
  await meterProvider.shutdown()
})

async function scrape(): Promise<string> {
  return (await fetch(urlOf(scrapes))).text()
}

it('counts each violation, with its labels, and none for what is healthy', async () => {
  for (let asked = 0; asked < 25; asked++) await (await fetch(`${urlOf(guarded)}/?token=secret`)).text()
  await (await fetch(`${urlOf(guarded)}/healthy`)).text()
  const text = await scrape()
  const lines = text.split('\n').filter((line) => line.startsWith('respond_once_violations_total{'))
  expect(lines).toHaveLength(1)
  for (const label of [
    'kind="double-response"',
    'cause="missing-return"',
    'action="suppress"',
    'framework="node"',
    'method="GET"',
  ]) {
    expect(lines[0]).toContain(label)
  }
  expect(lines[0]).toMatch(/ 25(\s|$)/)
  expect(text).not.toContain('secret')
})

it('adds an event to the span that is active', () => {
  const events = spans.getFinishedSpans().flatMap((span) => span.events)
  expect(events).toHaveLength(25)
  expect(events[0]).toMatchObject({
    name: 'respond_once.violation',
    attributes: { kind: 'double-response', code: 'RESPOND_ONCE_DOUBLE_RESPONSE', cause: 'missing-return' },
  })
  expect(JSON.stringify(events)).not.toContain('secret')
})

it('has every metric and label that the dashboard and the alerts in examples/observability use', async () => {
  const text = await scrape()
  const names = new Set([...text.matchAll(/^(\w+)\{/gm)].map(([, name]) => name))
  const used = [...readDashboardNames(), ...readAlertNames()]
  expect(used.length).toBeGreaterThan(3)
  expect(used.filter((name) => !names.has(name))).toEqual([])
  // The route is a label of what has one; Node's own servers have none.
  const labels = new Set([...text.matchAll(/[{,](\w+)="/g)].map(([, label]) => label)).add('route')
  const usedLabels = readDashboardLabels()
  expect(usedLabels.length).toBeGreaterThan(3)
  expect(usedLabels.filter((label) => !labels.has(label))).toEqual([])
})
