/** Somebody who keeps what is to be told, and lets go of it when asked. */
export interface Flushing {
  /** Tells what was held back. */
  tellRest(): void
  flush(): void
}

const unflushed = new Set<Flushing>()
let listening = false

/** Once each for what was told: the process is asked again when what is begun here has ended, and is to end then. */
function flushAll(): void {
  for (const one of unflushed) {
    one.tellRest()
    unflushed.delete(one)
    one.flush()
  }
}

/**
 * Has somebody flushed before the process ends: when nothing is left for it to do, so that what is begun then is waited
 * for, or else when it exits, which waits for nobody.
 */
export function flushBeforeEnd(one: Flushing): void {
  unflushed.add(one)
  if (listening) return
  listening = true
  process.on('beforeExit', flushAll)
  process.on('exit', flushAll)
}
