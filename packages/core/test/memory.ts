import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { Duplex } from 'node:stream'
import { masked } from './wire.ts'

/** A connection that stays in memory: what the server writes is kept, what the client sends is pushed. */
export class MemorySocket extends Duplex {
  #bytes: Buffer[] = []
  #total = 0

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#bytes.push(chunk)
    this.#total += chunk.length
    done()
  }

  /** How many bytes the client has by now. */
  get total(): number {
    return this.#total
  }

  /** Hands over what has arrived since it was last asked. */
  receive(): string {
    const text = masked(Buffer.concat(this.#bytes))
    this.#bytes = []
    return text
  }
}

/** A real server, and a client that keeps its connection for as long as it is good. */
export class MemoryServer {
  readonly #server: Server
  #socket: MemorySocket | undefined
  #arrived: ((response: ServerResponse) => void) | undefined

  constructor(mount: (handler: RequestListener) => RequestListener) {
    this.#server = createServer(mount((_request, response) => this.#arrived?.(response)))
  }

  get socket(): MemorySocket {
    if (this.#socket === undefined) throw new Error('no request was sent')
    return this.#socket
  }

  request(text: string): Promise<ServerResponse> {
    if (this.#socket === undefined) {
      this.#socket = new MemorySocket()
      this.#server.emit('connection', this.#socket)
    }
    const { socket } = this
    return new Promise((resolve) => {
      this.#arrived = resolve
      socket.push(text)
    })
  }

  /** The client leaves; the next request comes over a new connection. */
  leave(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }
}
