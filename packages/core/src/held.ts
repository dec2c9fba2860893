/**
 * What is told at the end of its turn, because something in the same turn may explain it. It is told before the process
 * dies too: an `exit` or an uncaught exception ends the turn.
 */
const held = new Set<() => void>()
let listening = false

function tellAll(): void {
  const tellings = [...held]
  held.clear()
  for (const tell of tellings) tell()
}

/** Calls back at the end of this turn of the event loop, at the latest. */
export function atEndOfTurn(tell: () => void): void {
  if (!listening) {
    listening = true
    process.on('exit', tellAll)
    process.on('uncaughtExceptionMonitor', tellAll)
  }
  if (held.size === 0) setImmediate(tellAll)
  held.add(tell)
}
