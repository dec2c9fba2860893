import { setTimeout as pause } from 'node:timers/promises'

/** Resolves when the server's late effects have had their time, by its own clock. */
export type Settle = (ms: number) => Promise<void>

/**
 * Calls `silent` when nothing was heard for so long. On a busy machine the server may not have come to its turn yet: only
 * when it has had the same time by its own clock is silence its answer.
 */
export class Patience {
  readonly #timer: NodeJS.Timeout
  #heard = 0
  #over = false

  constructor(ms: number, settle: Settle, silent: () => void) {
    this.#timer = setTimeout(async () => {
      const before = this.#heard
      await settle(ms)
      // What it said last may still be on its way through this process.
      await pause(8)
      if (this.#over) return
      if (this.#heard > before) this.#timer.refresh()
      else silent()
    }, ms)
  }

  hear(): void {
    this.#heard++
    this.#timer.refresh()
  }

  end(): void {
    this.#over = true
    clearTimeout(this.#timer)
  }
}
