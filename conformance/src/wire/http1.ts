import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Ask, Visit } from '../scenarios/scenario.ts'
import { type Exchange, endingOf } from './exchange.ts'
import { type Parsed, parseResponses } from './http1-parser.ts'
import { Patience, type Settle } from './patience.ts'

const requestText = ({ method = 'GET', path = '/', headers = {}, body }: Ask): string => {
  const length =
    body === undefined || 'transfer-encoding' in headers ? {} : { 'Content-Length': `${Buffer.byteLength(body)}` }
  const lines = Object.entries({ Host: 'localhost', ...length, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`
}

const masked = (bytes: Buffer): string =>
  bytes.toString('latin1').replaceAll(/^(date: ).*$/gim, (_line, name: string) => `${name}<now>`)

/** One visit over a bare socket, so that what arrives is what was sent and nothing of it is tidied up. */
export const visitHttp1 = async (
  port: number,
  visit: Visit,
  settle: Settle,
  asked: Promise<void>,
): Promise<Exchange> => {
  const { asks, leaveAfterMs, settleMs = 60 } = visit
  const connection = new Connection(port, visit, settle)
  if (leaveAfterMs === undefined) await connection.quiet
  else {
    await asked
    await settle(leaveAfterMs)
    connection.leave()
  }
  await settle(settleMs)
  // What the server did last may still be on its way through this process.
  await pause(8)
  connection.socket.destroy()
  const { informational, answers } = connection.read()
  const whole = answers.length === asks.length && answers.every((answer) => answer.whole)
  const ending = leaveAfterMs === undefined ? endingOf(whole, connection.gone) : 'left'
  return { informational, answers, ending, reset: connection.reset, record: masked(connection.bytes()) }
}

class Connection {
  readonly socket: Socket
  /** All answers are there, or the server has closed, or has been silent for too long. */
  readonly quiet: Promise<void>
  readonly #visit: Visit
  readonly #methods: readonly string[]
  readonly #chunks: Buffer[] = []
  #sent = 0
  #gone = false
  #reset = false

  constructor(port: number, visit: Visit, settle: Settle) {
    this.#visit = visit
    this.#methods = visit.asks.map(({ method = 'GET' }) => method)
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.quiet = new Promise((resolve) => this.#watch(settle, resolve))
    this.socket.on('connect', () => {
      // A client that reads slowly leaves a large answer waiting in the server.
      if (visit.readsAfterMs) setTimeout(() => this.socket.resume(), visit.readsAfterMs)
      do this.#sendNext()
      while (visit.pipelined && this.#sent < visit.asks.length)
    })
  }

  get gone(): boolean {
    return this.#gone
  }

  get reset(): boolean {
    return this.#reset
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  read(): Parsed {
    return parseResponses(this.bytes(), this.#methods, this.#gone)
  }

  /** A client that goes away: the answer no longer matters, but what the server then does still does. */
  leave(): void {
    this.socket.resetAndDestroy()
  }

  #sendNext(): void {
    const ask = this.#visit.asks[this.#sent]
    if (!ask) return
    this.#sent++
    this.socket.write(requestText(ask))
  }

  #watch(settle: Settle, resolve: () => void): void {
    const { asks, patienceMs = 350, leaveAfterMs } = this.#visit
    // Who leaves does not wait for an answer.
    const patience = leaveAfterMs === undefined ? new Patience(patienceMs, settle, resolve) : undefined
    const done = () => {
      patience?.end()
      resolve()
    }
    const close = () => {
      this.#gone = true
      done()
    }
    this.socket.on('data', (bytes: Buffer) => {
      this.#chunks.push(bytes)
      patience?.hear()
      const whole = this.#wholeAnswers()
      if (whole === asks.length) done()
      else if (whole === this.#sent) this.#sendNext()
    })
    if (this.#visit.readsAfterMs) this.socket.pause()
    this.socket.on('end', close)
    this.socket.on('close', close)
    this.socket.on('error', () => {
      this.#reset = true
    })
  }

  /** Long bodies are not parsed at every chunk: only once their length may be complete. */
  #wholeAnswers(): number {
    const [first] = this.#chunks
    const length = /\r\ncontent-length: (\d+)\r\n/i.exec(first?.toString('latin1', 0, 2000) ?? '')?.[1] ?? '0'
    const got = this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    return got < Number(length) ? 0 : this.read().answers.filter((answer) => answer.whole).length
  }
}
