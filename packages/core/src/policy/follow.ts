import { types } from 'node:util'
import { InvalidOptionsError, isList, type OptionProblem, reasonOf, show } from '../problems.ts'
import type { Framework } from '../violation.ts'
import { type Compilation, type CompiledPolicy, compilePolicy } from './compile.ts'
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

const METHODS = ['decide', 'watches', 'settings', 'exempt', 'for', 'explain', 'notices'] as const

/** Whether a source has handed out what can be asked. */
function isCompiled(policy: unknown): policy is CompiledPolicy {
  if (typeof policy !== 'object' || policy === null) return false
  const members = policy as Partial<CompiledPolicy>
  return isList(members.locks) && METHODS.every((name) => typeof members[name] === 'function')
}

function problemOf(fault: string): OptionProblem {
  const allowed =
    'one whose current() returns what compilePolicy(policy) has made, and whose subscribe(listener) calls back'
  return { path: 'policy', found: `a source whose ${fault}`, allowed }
}

/** The policy that a source has now, or what is wrong with the source. */
export function sourced(source: PolicySource): Compilation {
  const failed = (fault: string): Compilation => ({ policy: undefined, problems: [problemOf(fault)] })
  try {
    const found: unknown = source.current()
    if (isCompiled(found)) return { policy: found, problems: [] }
    return failed(`current() returns ${types.isPromise(found) ? 'a promise' : show(found)}`)
  } catch (error) {
    return failed(`current() fails: ${reasonOf(error)}`)
  }
}

function fromSource(source: PolicySource): CompiledPolicy {
  const { policy, problems } = sourced(source)
  if (policy === undefined) throw new InvalidOptionsError(problems)
  return policy
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

/**
 * The policy as it is now, as guards of a framework ask it.
 * @throws {InvalidOptionsError} where there is none.
 */
export function currentPolicy(policy: Policy | PresetName | PolicySource, framework: Framework): CompiledPolicy {
  const current = isPolicySource(policy) ? fromSource(policy) : compilePolicy(policy)
  notice(current)
  return current.for(framework)
}

/**
 * Hands on each policy that a source puts in the place of the one before. What fails there changes nothing.
 * @throws {InvalidOptionsError} where a source cannot be subscribed to.
 */
export function followPolicy(
  policy: Policy | PresetName | PolicySource,
  framework: Framework,
  change: (policy: CompiledPolicy) => void,
): void {
  if (!isPolicySource(policy)) return
  try {
    policy.subscribe(() => {
      try {
        change(currentPolicy(policy, framework))
      } catch (error) {
        warn(error)
      }
    })
  } catch (error) {
    throw new InvalidOptionsError([problemOf(`subscribe() fails: ${reasonOf(error)}`)])
  }
}

function warn(error: unknown): void {
  const [problem] = error instanceof InvalidOptionsError ? error.problems : []
  process.emitWarning(`A policy source failed, and the policy stays as it was: ${problem?.found ?? reasonOf(error)}`, {
    code: 'RESPOND_ONCE_POLICY_SOURCE',
  })
}
