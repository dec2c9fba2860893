import { createHash } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import type { LoadRequest } from './load.ts'

/** A whole response, as far as it must be the same from every variant. */
export interface Answer {
  readonly status: number
  readonly headers: string
  readonly body: string
}

const TIMEOUT_MS = 10_000

/** What differs from one response to the next of the same program. */
const VOLATILE = /^(date|x-request-id|request-id|traceparent|etag|set-cookie|x-response-time)$/

function headersOf({ rawHeaders }: http.IncomingMessage): string {
  const lines: string[] = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? ''
    if (!VOLATILE.test(name)) lines.push(`${name}: ${rawHeaders[at + 1]}`)
  }
  return lines.join('\n')
}

/** Makes one request. @throws {Error} where no whole response comes. */
export function exchange(origin: string, { method, path, headers, body }: LoadRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      method,
      headers: { ...headers } as http.OutgoingHttpHeaders,
      agent: false,
      rejectUnauthorized: false,
      timeout: TIMEOUT_MS,
    }
    const client = origin.startsWith('https:') ? https : http
    const request = client.request(origin + path, options, (response) => {
      const hash = createHash('sha256')
      let length = 0
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        hash.update(chunk)
      })
      response.once('error', reject)
      response.once('end', () => {
        const digest = `${length} bytes, ${hash.digest('hex').slice(0, 12)}`
        resolve({ status: response.statusCode ?? 0, headers: headersOf(response), body: digest })
      })
    })
    request.once('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)))
    request.once('error', reject)
    request.end(body)
  })
}
