/** Calls a listener of somebody else's; what it throws never reaches the request, and is warned of once. */
export function attempt(call: () => unknown): void {
  try {
    const result = call()
    // An async listener's rejection is its own, and must not end the process.
    if (result instanceof Promise) result.catch(warn)
  } catch (error) {
    warn(error)
  }
}

let warned = false

function warn(error: unknown): void {
  if (warned) return
  warned = true
  process.emitWarning(
    `A reporter of respond-once failed: ${error instanceof Error ? error.message : 'unknown error'}`,
    {
      code: 'RESPOND_ONCE_REPORTER_FAILED',
    },
  )
}
