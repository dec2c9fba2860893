/** Who is called, for what is said where the call fails. */
export interface Callee {
  /** As a sentence begins: `A reporter of respond-once`. */
  readonly name: string
  /** The code of the warning. */
  readonly code: string
}

const REPORTER: Callee = { name: 'A reporter of respond-once', code: 'RESPOND_ONCE_REPORTER_FAILED' }

/** Calls what somebody else has written; what it throws never reaches the caller, and is warned of once. */
export function attempt(call: () => unknown, callee: Callee = REPORTER): void {
  try {
    const result = call()
    // An async listener's rejection is its own, and must not end the process.
    if (result instanceof Promise) result.catch((error) => warn(callee, error))
  } catch (error) {
    warn(callee, error)
  }
}

/** Whom a warning was about: a listener that fails does so each time. */
const warned = new Set<string>()

function warn({ name, code }: Callee, error: unknown): void {
  if (warned.has(name)) return
  warned.add(name)
  process.emitWarning(`${name} failed: ${error instanceof Error ? error.message : 'unknown error'}`, { code })
}
