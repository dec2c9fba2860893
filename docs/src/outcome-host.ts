import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Policy, Violation } from '@respond-once/core'

// Runs the handlers of one example after another, each in an application of its own, as `outcome.ts` says.

/** What the host touches of an application, of either framework. */
interface Application {
  use(middleware: never): unknown
  listen(port: number, listening: () => void): Server
}

/** What the host is told. */
export interface Order {
  /** A module that exports `install(app)`. */
  readonly file: string
  readonly framework: string
  /** Undefined: without the guard, which is then not loaded at all. */
  readonly policy: Policy | undefined
}

let server: Server | undefined

async function start({ file, framework, policy }: Order): Promise<void> {
  server?.close()
  const isKoa = framework.startsWith('koa')
  const { default: make } = (await import(framework)) as { default: (() => Application) & (new () => Application) }
  const app = isKoa ? new make() : make()
  if (policy !== undefined) {
    const { respondOnce } = isKoa ? await import('@respond-once/koa') : await import('@respond-once/express')
    const onViolation = (violation: Violation) => process.send?.({ violation })
    app.use(respondOnce({ policy, trace: 'always', reporters: [], onViolation }) as never)
  }
  const { install } = (await import(file)) as { install: (app: Application) => void }
  install(app)
  const listening = app.listen(0, () => process.send?.({ port: (listening.address() as AddressInfo).port }))
  server = listening
}

process.on('message', (message: Order | 'done?') => {
  // What was printed before this answer is printed.
  if (message === 'done?') process.send?.('done')
  else start(message)
})
