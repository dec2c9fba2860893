import { Readable } from 'node:stream'

// What all frameworks serve alike.

export const HELLO = { hello: 'world' }

/** Twenty headers, as a service behind a gateway sets them. */
export const HEADERS: readonly (readonly [string, string])[] = Array.from({ length: 20 }, (_, at) => [
  `X-Header-${at}`,
  `value ${at}`,
])

const CHUNKS = 64
const chunk = Buffer.alloc(2 ** 20 / CHUNKS, 'x')

/** One megabyte. */
export function megabyte(): Readable {
  let left = CHUNKS
  return new Readable({
    read() {
      this.push(left-- > 0 ? chunk : null)
    },
  })
}

/** What the error path answers. */
export const FAILURE = { error: 'it failed' }

export class ExpectedError extends Error {
  override readonly name = 'ExpectedError'
}

/** The body of a request, parsed. */
export async function bodyOf(request: AsyncIterable<Buffer>): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const part of request) chunks.push(part)
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}

/** What an order is answered with. */
export function receipt(order: unknown): object {
  return { lines: (order as { lines: unknown[] }).lines.length }
}
