import { once } from 'node:events'
import {
  request as connect,
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http'
import { type AddressInfo, connect as dial } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'

/** What a client saw of one exchange. `cut`: the connection was lost first; `hangs`: nothing more came. */
export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly ended: 'whole' | 'cut' | 'hangs'
}

export interface Request {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** How long the client waits for more. */
  readonly patienceMs?: number
}

export type Ask = (path: string, request?: Request) => Promise<Reply>

function exchange(port: number, path: string, request: Request): Promise<Reply> {
  const { method = 'GET', headers = {}, body = '', patienceMs = 2_000 } = request
  return new Promise((resolve) => {
    let reply = { status: 0, headers: {} as IncomingHttpHeaders, body: '' }
    const finish = (ended: Reply['ended']) => {
      clearTimeout(timer)
      resolve({ ...reply, ended })
      client.destroy()
    }
    const client = connect({ port, host: '127.0.0.1', path, method, headers, agent: false }, (response) => {
      reply = { status: response.statusCode ?? 0, headers: response.headers, body: '' }
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        reply.body += chunk
      })
      response.on('end', () => finish('whole'))
      response.on('error', () => finish('cut'))
    })
    const timer = setTimeout(() => finish('hangs'), patienceMs)
    client.on('error', () => finish('cut'))
    client.end(body)
  })
}

/** Closes a server, with whatever hangs on it, when the test is over. */
export function closeAfterTest(server: Pick<Server, 'close' | 'closeAllConnections'>): void {
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(() => resolve(undefined)))
    server.closeAllConnections()
    await closed
  })
}

async function listen(server: Server): Promise<number> {
  closeAfterTest(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** Listens on a port of its own until the test is over. */
export async function serve(listener: RequestListener | Server): Promise<Ask> {
  const port = await listen(typeof listener === 'function' ? createServer(listener) : listener)
  return (path, request = {}) => exchange(port, path, request)
}

/**
 * Asks once, and breaks off as soon as something comes. The server's socket then tells an error, and whoever listens there
 * hears it, before Node lets the response know.
 */
export async function breakOff(listener: RequestListener, path: string): Promise<void> {
  const client = dial(await listen(createServer(listener)), '127.0.0.1', () =>
    client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`),
  )
  client.once('data', () => client.resetAndDestroy())
  await once(client, 'close')
  await afterwards(60)
}

/**
 * As long as anything that a finished request left behind may need to be told. In steps: on a busy machine a longer timer may
 * run before a shorter one that is late too.
 */
export async function afterwards(milliseconds = 20): Promise<void> {
  for (let left = milliseconds; left > 0; left -= 2) await sleep(2)
}
