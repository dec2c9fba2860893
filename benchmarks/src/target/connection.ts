import type { Server } from 'node:http'
import { Duplex } from 'node:stream'

/**
 * One keep-alive connection without a socket: a real http.Server parses what is pushed and answers into memory. Nothing
 * waits for the kernel, so the same requests always take the same path.
 */
export class Connection extends Duplex {
  readonly #request: Buffer
  #received = 0
  #expected = Number.POSITIVE_INFINITY
  #chunks: Buffer[] | undefined
  #next: () => void = () => {}

  constructor(server: Server, path: string) {
    super()
    const lines = [`GET ${path} HTTP/1.1`, 'Host: localhost:3000', 'Accept: */*', 'Accept-Encoding: gzip']
    this.#request = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
    server.emit('connection', this)
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#take(chunk)
    done()
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    for (const { chunk } of chunks) this.#take(chunk)
    done()
  }

  #take(chunk: Buffer): void {
    this.#chunks?.push(chunk)
    this.#received += chunk.length
    // Node flushes an empty last chunk of its own, which must not count as another end.
    if (this.#received === this.#expected && chunk.length > 0) setImmediate(this.#next)
    else if (this.#received > this.#expected) throw new Error('a response was longer than the first one')
  }

  /** The first exchange: reads one whole response, and its length is what every later one must have. */
  async first(): Promise<Buffer> {
    const chunks: Buffer[] = []
    this.#chunks = chunks
    this.push(this.#request)
    // Ten thousand begin at once where instructions are counted, and everything is fifty times slower.
    const deadline = Date.now() + 300_000
    while (!isComplete(Buffer.concat(chunks))) {
      if (Date.now() > deadline) throw new Error(`no whole response: ${Buffer.concat(chunks).toString('latin1')}`)
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.#chunks = undefined
    this.#expected = this.#received
    return Buffer.concat(chunks)
  }

  /** One request after the other, each in a turn of its own; then `done`. */
  run(count: number, done: () => void): void {
    let left = count
    this.#next = () => {
      if (left-- === 0) return done()
      this.#received = 0
      this.push(this.#request)
    }
    this.#next()
  }
}

function isComplete(response: Buffer): boolean {
  const text = response.toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /^content-length: (\d+)/im.exec(text.slice(0, end))
  return length ? text.length === end + 4 + Number(length[1]) : text.endsWith('\r\n0\r\n\r\n')
}
