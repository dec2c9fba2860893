import type { IncomingMessage, ServerResponse } from 'node:http'
import { attach, isEnabled } from './attach.ts'
import { failed } from './control.ts'
import { Guard } from './guard.ts'
import type { Host } from './host.ts'
import { type GuardOptions, validateOptions } from './options.ts'
import { watchRejection } from './rejections.ts'
import { disguise, type Method, type NodeResponse } from './response.ts'

export type { GuardOptions, Reporter, TraceMode } from './options.ts'
export { InvalidOptionsError } from './options.ts'
export type { CompiledPolicy } from './policy/compile.ts'
export { definePolicy } from './policy/define.ts'
export type { PolicySource } from './policy/follow.ts'
export type { Exemption, Override, Policy, PresetName, Rule, RuleKey, RuleOptions, Rules } from './policy/model.ts'
export type { CallSite, Cause, OperationRecord, Violation, ViolationKind } from './violation.ts'
export { ResponseViolationError } from './violation.ts'

const hostOf = (handler: { readonly name: string }): Host => ({
  framework: 'node',
  routeOf: () => undefined,
  placeOf: (_response, record) => record.guard,
  handlerOf: () => handler.name,
  isFramework: () => false,
  methodOf: () => undefined,
})

/**
 * Guards a request listener of `node:http`, `node:https` or the `node:http2` compatibility API.
 *
 * `http.createServer(respondOnce(handler, options))`
 *
 * @returns a listener with the handler's name, arity, `this` and return value.
 * @throws {InvalidOptionsError} with every mistake in the options.
 */
export function respondOnce<Q = IncomingMessage, S = ServerResponse, R = unknown>(
  handler: (request: Q, response: S) => R,
  options?: GuardOptions,
): (request: Q, response: S) => R {
  if (typeof handler !== 'function')
    throw new TypeError(`respondOnce(handler, options) needs a function, found ${typeof handler}`)
  const valid = validateOptions(options)
  if (!isEnabled(valid)) return handler
  if ('handle' in handler && 'set' in handler && 'response' in handler) {
    process.emitWarning('An Express application changes its responses: install @respond-once/express in it instead.', {
      code: 'RESPOND_ONCE_WRONG_ADAPTER',
    })
  }
  const guard = new Guard(hostOf(handler), valid)
  const call: (request: unknown, response: unknown) => unknown = handler as never
  const { name } = handler
  // It has the handler's name from the start: Node calls it by `apply`, and that is dear where a name was changed.
  const { [name]: listener } = {
    [name]: function (this: unknown, request: unknown, response: unknown): unknown {
      const record = attach(guard, request, response)
      if (record === undefined) return Reflect.apply(handler, this, arguments)
      const guarded = response as NodeResponse
      let result: unknown
      try {
        result = arguments.length === 2 ? call.call(this, request, response) : Reflect.apply(handler, this, arguments)
      } catch (error) {
        if (failed(guarded, record, error, 0) === 'suppress') return undefined
        throw error
      }
      if (typeof result === 'object') watchRejection(result, guarded, record, 0)
      return result
    },
  }
  return disguise(listener as Method, handler) as unknown as (request: Q, response: S) => R
}
