import { createHash } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import type { LoadRequest } from './load.ts'

/** A whole response, as far as it must be the same from every variant. */
export interface Answer {
  readonly status: number
  /** Lines of `name: value`. */
  readonly headers: string
  /** A digest of it. */
  readonly body: string
  readonly length: number
  /** So much of the body as may be kept. */
  readonly start: Buffer
}

const START_KEPT = 1 << 20

/** A body as it is compared. Of large ones the beginning is kept, and the rest is in the digest. */
export async function readBody(chunks: AsyncIterable<unknown>): Promise<Pick<Answer, 'body' | 'length' | 'start'>> {
  const hash = createHash('sha256')
  const kept: Buffer[] = []
  let length = 0
  for await (const chunk of chunks as AsyncIterable<Buffer>) {
    if (length < START_KEPT) kept.push(chunk.subarray(0, START_KEPT - length))
    length += chunk.length
    hash.update(chunk)
  }
  return { body: hash.digest('hex'), length, start: Buffer.concat(kept) }
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
      const status = response.statusCode ?? 0
      readBody(response).then((body) => resolve({ status, headers: headersOf(response), ...body }), reject)
    })
    request.once('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)))
    request.once('error', reject)
    request.end(body)
  })
}
