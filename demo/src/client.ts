import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import type { Scenario } from './scenarios.ts'

/** A client that hears nothing for this long calls it a hang. The guard's own grace time is one second. */
const SILENCE_MS = 1_600

export interface Answer {
  readonly ending: 'complete' | 'cut' | 'hung' | 'none'
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** The code of the socket's error, such as ECONNRESET. */
  readonly error: string | undefined
  readonly afterMs: number
}

export interface Exchange {
  readonly answer: Promise<Answer>
  /** Whether the service closed a connection that it had promised to keep. */
  readonly connectionClosed: () => boolean
  readonly release: () => void
}

/**
 * Sends one real request over a connection of its own and collects whatever comes back.
 * `idle` tells when the service has nothing else to do: only then is silence a hang.
 */
export function send(port: number, { method, path, headers = {} }: Scenario, idle: () => Promise<void>): Exchange {
  const agent = new Agent({ keepAlive: true })
  let closed = false
  const answer = new Promise<Answer>((resolve) => {
    const startedAt = performance.now()
    const chunks: Buffer[] = []
    let response: IncomingMessage | undefined

    const finish = (ending: Answer['ending'], error?: string) => {
      clearTimeout(silence)
      resolve({
        ending,
        error,
        status: response?.statusCode,
        headers: response?.headers ?? {},
        body: Buffer.concat(chunks),
        afterMs: performance.now() - startedAt,
      })
    }
    const silence = setTimeout(async () => {
      const heard = chunks.length
      await idle()
      if (chunks.length > heard) {
        silence.refresh()
        return
      }
      finish('hung')
      outgoing.destroy()
    }, SILENCE_MS)

    const outgoing = request({ host: '127.0.0.1', port, agent, method, path, headers })
    outgoing.on('socket', (socket) => socket.once('close', () => (closed = true)))
    // The first ending counts: later errors come from our own clean-up.
    outgoing.on('error', (error) => finish(response ? 'cut' : 'none', codeOf(error)))
    outgoing.on('response', (incoming) => {
      response = incoming
      incoming.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        silence.refresh()
      })
      incoming.on('error', (error) => finish('cut', codeOf(error)))
      incoming.on('end', () => finish('complete'))
    })
    outgoing.end()
  })
  return { answer, connectionClosed: () => closed, release: () => agent.destroy() }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
