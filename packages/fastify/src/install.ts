import {
  addGuardRoot,
  Guard,
  type GuardOptions,
  isEnabled,
  lifecycleMember,
  validateOptions,
  warnInstalledTwice,
} from '@respond-once/core/adapter'
import type { FastifyPluginCallback } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import {
  type Application,
  type Hook,
  instancesWithin,
  type Logger,
  onRequestHooksOf,
  type Reply,
  repliesOf,
} from './application.ts'
import { entrance } from './handle.ts'
import { GUARDED, guardReplies } from './response.ts'
import { fastifyHost } from './route.ts'

addGuardRoot(import.meta.url)

/** Fastify's own options of `register`, which it hands to the plugin too. */
const REGISTER_OPTIONS: ReadonlySet<string> = new Set(['prefix', 'logLevel', 'logSerializers'])

function ownOptions(options: object | undefined): unknown {
  return Object.fromEntries(Object.entries(options ?? {}).filter(([name]) => !REGISTER_OPTIONS.has(name)))
}

/** Whether what is logged goes nowhere: without a logger, Fastify's does nothing. */
function isSilent({ warn, trace, fatal }: Logger): boolean {
  return warn === trace && warn === fatal
}

/** Violations are told in the request's log: on the same terminal, the default reporter would tell them again. */
function withoutDefaultReporter(application: Application, options: GuardOptions): GuardOptions {
  return options.reporters === undefined && !isSilent(application.log) ? { ...options, reporters: [] } : options
}

/** Puts the guard's hook before those that were there already, so that they are followed too. */
function putFirst(application: Application, hook: Hook): void {
  const hooks = onRequestHooksOf(application)
  const at = hooks?.indexOf(hook) ?? -1
  if (at > 0) hooks?.unshift(...hooks.splice(at, 1))
  for (const inner of instancesWithin(application)) putFirst(inner, hook)
}

function install(application: Application, options: GuardOptions): void {
  if (application.hasReplyDecorator(GUARDED)) {
    warnInstalledTwice()
    return
  }
  application.decorateReply(GUARDED, { getter: () => true })
  const guard = new Guard(fastifyHost, withoutDefaultReporter(application, options))
  if (!application.hasReplyDecorator('lifecycle')) {
    const { get, set } = lifecycleMember((reply: Reply) => reply.raw)
    application.decorateReply('lifecycle', { getter: get, setter: set })
  }
  guardReplies(repliesOf(application))
  const hook = entrance(guard)
  application.addHook('onRequest', hook)
  // Fastify adds a hook when what was registered before it has been loaded.
  application.after(() => putFirst(application, hook))
}

const plugin: FastifyPluginCallback<GuardOptions> = (application, options, done) => {
  try {
    const valid = validateOptions(ownOptions(options))
    if (isEnabled(valid)) install(application as unknown as Application, valid)
    done()
  } catch (error) {
    done(error as Error)
  }
}

/**
 * Guards the replies of a Fastify instance (4 and 5), and of what is registered in it.
 *
 * `await app.register(respondOnce, options)`, first.
 *
 * `register` rejects with an `InvalidOptionsError` that has every mistake in the options.
 */
export const respondOnce: FastifyPluginCallback<GuardOptions> = fastifyPlugin(plugin, {
  name: '@respond-once/fastify',
  fastify: '4.x || 5.x',
})
