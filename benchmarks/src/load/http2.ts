import { once } from 'node:events'
import http2 from 'node:http2'
import { createHistogram } from 'node:perf_hooks'
import { type Answer, LoadError, type Loader, type LoadRequest, readBody } from 'respond-once/bench'

// A load and a single exchange over http2, which autocannon does not speak.

function headersOf({ method, path, headers }: LoadRequest): http2.OutgoingHttpHeaders {
  return { ':method': method, ':path': path, ...headers }
}

/** One request, and what it is answered with. */
export async function exchangeHttp2(origin: string, request: LoadRequest): Promise<Answer> {
  const session = http2.connect(origin)
  try {
    const stream = session.request(headersOf(request))
    stream.end(request.body)
    const [{ ':status': status = 0, date: _, ...headers }] = (await once(stream, 'response')) as [
      http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader,
    ]
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
    return { status, headers: lines.join('\n'), ...(await readBody(stream)) }
  } finally {
    session.close()
  }
}

/** One stream after the other in each lane of a session. */
function runLane(
  session: http2.ClientHttp2Session,
  request: LoadRequest,
  next: () => boolean,
  done: (ms: number, status: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const one = (): void => {
      if (!next()) {
        resolve()
        return
      }
      const started = performance.now()
      const stream = session.request(headersOf(request), { endStream: request.body === undefined })
      let status = 0
      stream.once('response', (headers) => {
        status = headers[':status'] ?? 0
      })
      stream.once('error', reject)
      stream.once('end', () => {
        done(performance.now() - started, status)
        one()
      })
      stream.resume()
      if (request.body !== undefined) stream.end(request.body)
    }
    one()
  })
}

/** As autocannon does it: a fixed amount, over connections that stay open. */
export const loadHttp2: Loader = async ({ origin, request, amount, connections, pipelining, status }) => {
  const sessions = Array.from({ length: connections }, () => http2.connect(origin))
  const latencies = createHistogram()
  let left = amount
  let right = 0
  const next = () => left-- > 0
  const done = (milliseconds: number, seen: number) => {
    latencies.record(Math.max(1, Math.round(milliseconds * 1000)))
    if (seen === status) right++
  }
  const started = performance.now()
  await Promise.all(
    sessions.flatMap((session) => Array.from({ length: pipelining }, () => runLane(session, request, next, done))),
  )
  const seconds = (performance.now() - started) / 1000
  for (const session of sessions) session.close()
  if (right !== amount) throw new LoadError(`${amount - right} of ${amount} responses were not ${status}`)
  return { requests: amount, seconds, p99Ms: latencies.percentile(99) / 1000 }
}
