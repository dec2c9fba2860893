import { placeOf } from '../explain.ts'
import { Trace } from '../trace.ts'
import type { Policy } from './model.ts'

/** Where policies were defined, so that whoever meets a lock knows whom to ask. */
const definitions = new WeakMap<object, Trace>()

/** How many frames of the guard's own may stand before that of the caller. */
const DEPTH = 4

/** Returns the policy as it is. It exists for its types, and so that a lock can say where it was made. */
export function definePolicy(policy: Policy): Policy {
  if (typeof policy === 'object' && policy !== null && !definitions.has(policy)) {
    definitions.set(policy, new Trace(DEPTH, () => false))
  }
  return policy
}

/** Where a policy was defined; undefined where {@link definePolicy} was not called for it. */
export interface Definition {
  /** The package whose code it is. */
  readonly packageName: string | undefined
  readonly place: string
}

/** Where a policy was defined. */
export function definitionOf(policy: object): Definition | undefined {
  const frame = definitions.get(policy)?.frames.find(({ owner }) => owner === 'application' || owner === 'package')
  if (frame === undefined) return undefined
  const { packageName, file, line, column } = frame
  return { packageName, place: placeOf({ file, line, column }).replace(/:0$/, '') }
}
