import type { Framework } from '../violation.ts'
import { type CompiledPolicy, compilePolicy } from './compile.ts'
import type { Policy, PresetName } from './model.ts'

/** A policy that may change while the service runs. */
export interface PolicySource {
  current(): CompiledPolicy
  /** Calls back whenever {@link current} has changed. Returns how to stop that. */
  subscribe(listener: () => void): () => void
}

/** Whether it is a source, and not a policy. */
export function isPolicySource(policy: unknown): policy is PolicySource {
  if (typeof policy !== 'object' || policy === null) return false
  const { current, subscribe } = policy as Partial<PolicySource>
  return typeof current === 'function' && typeof subscribe === 'function'
}

/** Whether a source has handed out what can be asked. */
export function isCompiled(policy: unknown): policy is CompiledPolicy {
  if (typeof policy !== 'object' || policy === null) return false
  const { decide, watches, for: narrow } = policy as Partial<CompiledPolicy>
  return typeof decide === 'function' && typeof watches === 'function' && typeof narrow === 'function'
}

const noticed = new Set<string>()

/** Says once a process what is to be said of a policy when a service starts. */
function notice(policy: CompiledPolicy): void {
  for (const text of policy.notices()) {
    if (noticed.has(text)) continue
    noticed.add(text)
    process.emitWarning(text, { code: 'RESPOND_ONCE_EXEMPTION' })
  }
}

/** The policy as it is now, as guards of a framework ask it. */
export function currentPolicy(policy: Policy | PresetName | PolicySource, framework: Framework): CompiledPolicy {
  const current = isPolicySource(policy) ? policy.current() : compilePolicy(policy)
  notice(current)
  return current.for(framework)
}

/** Hands on each policy that a source puts in the place of the one before. What fails there changes nothing. */
export function followPolicy(
  policy: Policy | PresetName | PolicySource,
  framework: Framework,
  change: (policy: CompiledPolicy) => void,
): void {
  if (!isPolicySource(policy)) return
  policy.subscribe(() => {
    try {
      change(currentPolicy(policy, framework))
    } catch (error) {
      const message = error instanceof Error ? error.message : 'unknown error'
      process.emitWarning(`A policy source failed, and the policy stays as it was: ${message}`, {
        code: 'RESPOND_ONCE_POLICY_SOURCE',
      })
    }
  })
}
