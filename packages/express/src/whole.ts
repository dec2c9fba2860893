import { type Guard, warnInstalledTwice } from '@respond-once/core/adapter'
import type { Application } from './application.ts'

/** Marks an application whose every response is guarded. */
const GUARD = Symbol.for('respond-once.express.guard')

const applications = new WeakMap<Guard, Application>()

/** Has the application attach the guard to every response that it handles. The first installation counts. */
export function guardWhole(application: Application, guard: Guard): void {
  if (Object.hasOwn(application, GUARD)) {
    warnInstalledTwice()
    return
  }
  Object.defineProperty(application, GUARD, { value: guard })
  applications.set(guard, application)
}

/** The guard of a whole application, if it has one. */
export function guardOf(application: Application): Guard | undefined {
  return (application as { [GUARD]?: Guard })[GUARD]
}

/** The application that a guard is installed on as a whole. */
export function applicationOf(guard: Guard): Application | undefined {
  return applications.get(guard)
}
