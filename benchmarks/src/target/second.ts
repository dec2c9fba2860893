import { performance } from 'node:perf_hooks'
import { Connection } from './connection.ts'

/** How many requests a service that is kept busy answers in a second. */
export const PER_SECOND = 2500

/**
 * A connection on which time passes by requests. What is done so many times a second falls into each window alike,
 * however slowly it runs where instructions are counted.
 */
export class SteadyConnection extends Connection {
  #answered = 0

  constructor(...args: ConstructorParameters<typeof Connection>) {
    super(...args)
    performance.now = () => (this.#answered * 1000) / PER_SECOND
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: () => void): void {
    this.#answered++
    super._write(chunk, encoding, done)
  }
}
