/** One unref'ed timer for the whole process looks after everything that waits; there is none per request. */
export interface Waiting {
  /** Looks once; returns whether to go on looking. */
  look(now: number): boolean
  /** How long it may take until it is looked after, in milliseconds. */
  readonly everyMs: number
}

const waiting = new Set<Waiting>()
let timer: NodeJS.Timeout | undefined
let period = Number.POSITIVE_INFINITY

function sweep(): void {
  const now = performance.now()
  for (const one of waiting) if (!one.look(now)) waiting.delete(one)
  if (waiting.size > 0) return
  clearInterval(timer)
  timer = undefined
  period = Number.POSITIVE_INFINITY
}

/** Looks after something until it says that it is done. */
export function watch(one: Waiting): void {
  waiting.add(one)
  if (one.everyMs >= period) return
  clearInterval(timer)
  period = one.everyMs
  timer = setInterval(sweep, period).unref()
}
