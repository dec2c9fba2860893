import type { Frame } from './frame.ts'
import type { Host } from './host.ts'

// Who is on a stack: the application, the framework or Node.

/** The outermost public call, and whether the application, the framework or Node made it. */
export function callerOf(
  host: Host,
  frames: readonly Frame[],
): { readonly method?: string; readonly by: 'application' | 'framework' | 'node' } {
  let method: string | undefined
  let library = false
  for (const frame of frames) {
    if (frame.owner === 'node' || frame.owner === 'guard') continue
    const name = host.methodOf(frame)
    const isFramework = host.isFramework(frame)
    if (name !== undefined) method = name
    // The framework's methods have helpers of their own, in packages: `vary`.
    else if (frame.owner === 'package' && !isFramework && method === undefined) library = true
    else {
      const by = isFramework && !library ? 'framework' : 'application'
      return method === undefined ? { by } : { method, by }
    }
  }
  if (method !== undefined) return { method, by: 'framework' }
  return { by: library ? 'application' : 'node' }
}

/** Whether somebody could catch what is thrown there: a timer or an event has no caller. */
export function hasCaller(host: Host, frames: readonly Frame[]): boolean {
  const sync = frames.filter(({ isAsync }) => !isAsync)
  if (sync.length !== frames.length || sync.some((frame) => host.isFramework(frame))) return true
  const last = sync.findLastIndex(({ owner }) => owner !== 'node')
  const below = sync[last + 1]
  if (below === undefined) return true
  // A guarded listener has called the application; where the guard's own stand-in was called, its caller decides.
  if (sync[last]?.owner === 'guard' && sync.some(({ owner }) => owner !== 'node' && owner !== 'guard')) return true
  return /(processTicksAndRejections|runNextTicks)$/.test(below.functionName ?? '')
}
