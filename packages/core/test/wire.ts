import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** What one exchange came to: all that the client received, and what the handler saw. */
export interface Exchange<T> {
  readonly wire: string
  readonly saw: T
}

/** A handler that returns what it saw of the response. */
export type Play<T> = (response: ServerResponse, request: IncomingMessage) => T | Promise<T>

/** What makes a listener of a handler: nothing, the guard, or a framework. */
export type Mount = (handler: RequestListener) => RequestListener

export interface Ask {
  readonly method?: string
  readonly headers?: readonly string[]
  /** The client reads nothing until the handler is done. */
  readonly isSlow?: boolean
}

/** The bytes as text, without what changes from one second to the next. */
export function masked(bytes: Buffer | string): string {
  const text = typeof bytes === 'string' ? bytes : bytes.toString('latin1')
  return text.replaceAll(/^Date: .*\r$/gm, 'Date: masked\r')
}

export function requestText({ method = 'GET', headers = [] }: Ask = {}): string {
  return [`${method} / HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n')
}

export async function listen(listener: RequestListener): Promise<Server> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

export function dial(server: Server): Socket {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  // A reset is one of the outcomes that are compared.
  socket.on('error', () => undefined)
  return socket
}

export async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

/**
 * Lets the handler answer requests that come over real sockets. Two of them, one after the other: a guard may take
 * another way for the first response of a server than for those that follow.
 */
export async function exchanges<T>(mount: Mount, play: Play<T>, ask: Ask = {}): Promise<readonly Exchange<T>[]> {
  let played: Promise<T> | undefined
  const listener = mount((request, response) => {
    played = (async () => play(response, request))()
    // Whoever awaits it below hears of a failure, later.
    played.catch(() => response.destroy())
  })
  const server = await listen(listener)
  try {
    const all: Exchange<T>[] = []
    for (let count = 0; count < 2; count++) {
      const wire = await receive(server, ask, () => played)
      all.push({ wire, saw: (await played) as T })
    }
    return all
  } finally {
    await close(server)
  }
}

async function receive(server: Server, ask: Ask, played: () => Promise<unknown> | undefined): Promise<string> {
  const socket = dial(server)
  const chunks: Buffer[] = []
  const closed = new Promise((resolve) => socket.on('close', resolve))
  socket.write(requestText(ask))
  if (ask.isSlow === true) {
    while (played() === undefined) await wait(5)
    await played()?.catch(() => undefined)
  }
  socket.on('data', (chunk) => chunks.push(chunk))
  await closed
  return masked(Buffer.concat(chunks))
}

/** The head of a response, as lines; the body. */
export function parts(wire: string): { readonly head: readonly string[]; readonly body: string } {
  const [head = '', ...body] = wire.split('\r\n\r\n')
  return { head: head.split('\r\n'), body: body.join('\r\n\r\n') }
}

/** The body of a chunked response: its chunks, one by one. */
export function chunksOf(wire: string): string[] {
  const lines = parts(wire).body.split('\r\n')
  return lines.filter((_, index) => index % 2 === 1).filter((chunk) => chunk !== '')
}
