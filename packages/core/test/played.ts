import type { ServerResponse } from 'node:http'
import { lifecycleOf } from '../src/lifecycle.ts'
import type { ResponseState } from '../src/state.ts'
import type { MemoryServer } from './memory.ts'
import type { Step } from './operations.ts'

const EVENTS = ['error', 'prefinish', 'finish', 'close', 'drain', 'pipe', 'unpipe'] as const

function shown(response: ServerResponse, value: unknown): string {
  if (value === response) return 'this'
  if (value instanceof Error) return `${value.name} ${(value as NodeJS.ErrnoException).code}: ${value.message}`
  return typeof value === 'object' && value !== null ? value.constructor.name : String(value)
}

/** One exchange while a program is played on it: what the program, its callbacks, its listeners and the client get. */
export class Played {
  readonly response: ServerResponse
  readonly log: string[] = []
  /** Whether a step threw; it did nothing then. */
  threw = false
  /** The connection was lost before Node had handed everything over, so that nothing that follows is judged. */
  isGone = false
  readonly #server: MemoryServer
  readonly #before: number

  constructor(server: MemoryServer, response: ServerResponse) {
    this.response = response
    this.#server = server
    this.#before = server.socket.total
    let finished = false
    response.on('finish', () => {
      finished = true
    })
    // From Node 24 on, what is destroyed in the turn in which it was ended does not finish.
    response.on('close', () => {
      this.isGone ||= !finished
    })
    for (const event of EVENTS) {
      response.on(event, (subject: unknown) => this.log.push(`event ${event} ${shown(response, subject)}`))
    }
  }

  play(step: Step): void {
    const { response } = this
    this.isGone ||= response.destroyed && !response.writableEnded
    const called = (name: string, argument: unknown) => this.log.push(`${name} called ${shown(response, argument)}`)
    let outcome: string
    this.threw = false
    try {
      outcome = shown(response, step.perform(response, called))
    } catch (error) {
      this.threw = true
      outcome = `throws ${shown(response, error)}`
    }
    this.log.push(`${step.text} -> ${outcome}`, this.#flags())
  }

  /** All that a program can read, and how far the bytes are: an answer that comes a tick late is seen here. */
  #flags(): string {
    const { headersSent, writableEnded, writableFinished, destroyed, statusCode, statusMessage } = this.response
    const { writableCorked, writableLength, chunkedEncoding, shouldKeepAlive, sendDate } = this.response as never
    const own = JSON.stringify(this.response.getHeaders())
    const { total } = this.#server.socket
    const flags = [headersSent, writableEnded, writableFinished, destroyed, statusCode, statusMessage, own]
    return [
      ...flags,
      writableCorked,
      writableLength,
      chunkedEncoding,
      shouldKeepAlive,
      sendDate,
      total - this.#before,
    ].join()
  }

  /** Closes the log: what has arrived, and how the connection was left. */
  settle(): void {
    const { socket } = this.#server
    this.log.push(socket.receive(), `socket ${socket.destroyed} ${socket.writableEnded}`)
  }

  get state(): ResponseState | undefined {
    return lifecycleOf(this.response)?.state
  }

  /** The state as Node's own flags have it. What is staged they do not say. */
  stateByNode(isStaged: boolean): ResponseState {
    const { headersSent, writableEnded, destroyed } = this.response
    if (writableEnded || destroyed) return 'finished'
    return headersSent ? 'headers-sent' : isStaged ? 'headers-set' : 'idle'
  }
}
