import type { EventEmitter } from 'node:events'
import { createHistogram } from 'node:perf_hooks'
import autocannon, { type Client, type Result } from 'autocannon'
import { requestName } from './request-name.ts'

/** What is asked of a server, over and over. */
export interface LoadRequest {
  readonly method: string
  readonly path: string
  /** A list is sent as several headers of the name. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | undefined
}

/** One load of a fixed number of requests. */
export interface Load {
  readonly origin: string
  readonly request: LoadRequest
  readonly amount: number
  readonly connections: number
  readonly pipelining: number
  /** The status that every response must have. */
  readonly status: number
}

/** What the client saw of a load. */
export interface Loaded {
  readonly requests: number
  readonly seconds: number
  readonly p99Ms: number
}

/** Sends a load. */
export type Loader = (load: Load) => Promise<Loaded>

/** Responses that were not as they were when they were checked. */
export class LoadError extends Error {
  override readonly name = 'LoadError'
}

/** autocannon writes `name: value`, and would join a list: the further ones are written as lines of their own. */
function headerLines(headers: LoadRequest['headers']): Record<string, string> {
  const lines = Object.entries(headers).map(([name, values]) => [name, [values].flat().join(`\r\n${name}: `)])
  return Object.fromEntries(lines)
}

/** What is wrong with the answers to a load. */
function wrongAnswers(result: Result, amount: number, status: number, name: string): string | undefined {
  const { errors, timeouts, statusCodeStats = {} } = result
  const others = Object.entries(statusCodeStats).filter(([seen]) => seen !== `${status}`)
  const wrong = others.reduce((sum, [, { count = 0 }]) => sum + count, 0)
  const missing = amount - wrong - (statusCodeStats[`${status}`]?.count ?? 0)
  if (wrong > 0)
    return `${wrong} of ${amount} responses to ${name} were not ${status} but ${others.map(([seen]) => seen).join(', ')}`
  if (missing === 0) return undefined
  const why =
    errors > 0
      ? `${errors - timeouts} errors, ${timeouts} timeouts`
      : 'the server closes connections that it should keep alive'
  return `${missing} of ${amount} requests to ${name} had no answer (${why})`
}

/** What autocannon makes of each connection. */
type Connection = Client & { destroy(): void }

/**
 * autocannon ends a connection when there is nothing more to send. Of pipelined requests some are not answered then: each
 * connection is kept until all of its own are. What ends it however is added to `ends`.
 */
const keptUntilAnswered = (ends: (() => void)[]) => (client: Client) => {
  const connection = client as Connection
  const end = connection.destroy.bind(connection)
  let open = 0
  const count = connection as EventEmitter
  count.on('request', () => open++).on('response', () => open--)
  connection.destroy = () => open === 0 && end()
  ends.push(end)
}

/** A load by autocannon, over connections that are kept alive. */
export const loadHttp: Loader = async ({ origin, request, amount, connections, pipelining, status }) => {
  const { method, path, headers, body } = request
  const latencies = createHistogram()
  const started = performance.now()
  let last = started
  const ends: (() => void)[] = []
  const result = await new Promise<Result>((resolve, reject) => {
    const options = {
      url: origin + path,
      method: method as 'GET',
      headers: headerLines(headers),
      ...(body === undefined ? {} : { body }),
      ...{ amount, connections, pipelining },
      ...(pipelining > 1 ? { setupClient: keptUntilAnswered(ends) } : {}),
      timeout: 20,
      // One error decides: a server that does not answer any more would be asked for each of the rest in turn.
      bailout: 1,
      // So often it is looked at whether the amount is reached.
      sampleInt: 5,
    }
    const instance = autocannon(options, (error, found) => (error ? reject(error as Error) : resolve(found)))
    instance.on('response', (_client, _status, _bytes, milliseconds) => {
      last = performance.now()
      latencies.record(Math.max(1, Math.round(milliseconds * 1000)))
    })
  })
  for (const end of ends) end()
  const wrong = wrongAnswers(result, amount, status, requestName(request))
  if (wrong !== undefined) throw new LoadError(wrong)
  return { requests: amount, seconds: (last - started) / 1000, p99Ms: latencies.percentile(99) / 1000 }
}
