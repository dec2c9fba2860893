import type { IncomingMessage } from 'node:http'
import type { Guard } from './guard.ts'
import { membersOver } from './members.ts'
import type { GuardOptions } from './options.ts'
import { isGuarded, type ResponseRecord, recordOf } from './record.ts'
import type { NodeResponse } from './response.ts'
import { adopt } from './wire.ts'

/** Marks the prototypes that have the guard's members, with the copy of this package that they are of. */
const GUARDED = Symbol.for('respond-once.guarded')
const OURS = Symbol('respond-once')

interface ResponseClass {
  new (...args: never[]): NodeResponse
  readonly prototype: NodeResponse
}

const guardedClasses = new WeakMap<object, ResponseClass>()

/** A subclass whose prototype has the guard's members; `constructor` stays that of the class below. */
function guardedClassOf(Below: ResponseClass): ResponseClass {
  const known = guardedClasses.get(Below)
  if (known !== undefined) return known
  const Guarded = class extends (Below as new (...args: unknown[]) => NodeResponse) {} as unknown as ResponseClass
  Object.defineProperties(Guarded.prototype, { ...membersOver({ base: Below.prototype }), [GUARDED]: { value: OURS } })
  delete (Guarded.prototype as Partial<NodeResponse> & { constructor?: unknown }).constructor
  guardedClasses.set(Below, Guarded)
  return Guarded
}

/**
 * Guards the class that a server makes its responses of, from the next response on: its own prototype costs nothing on
 * the request path, and other servers' responses stay as they are. Node keeps the class under a symbol.
 */
function guardServer(server: object | undefined, prototype: object): void {
  if (server === undefined) return
  const classes = server as Record<symbol, ResponseClass | undefined>
  const key = Object.getOwnPropertySymbols(server).find(({ description }) => description === 'ServerResponse')
  if (key === undefined || classes[key]?.prototype !== prototype) return
  classes[key] = guardedClassOf(classes[key])
}

const guardedPrototypes = new WeakMap<object, object>()

function guardedPrototypeOf(prototype: NodeResponse): object {
  const Class = prototype.constructor as unknown as ResponseClass
  if (Class?.prototype === prototype) return guardedClassOf(Class).prototype
  let guarded = guardedPrototypes.get(prototype)
  if (guarded === undefined) {
    guarded = Object.create(prototype, { ...membersOver({ base: prototype }), [GUARDED]: { value: OURS } }) as object
    guardedPrototypes.set(prototype, guarded)
  }
  return guarded
}

/** The class of http2 responses cannot be chosen for one server: its prototype gets the members in place. */
function guardInPlace(prototype: NodeResponse): void {
  const base = Object.create(
    Object.getPrototypeOf(prototype),
    Object.getOwnPropertyDescriptors(prototype),
  ) as NodeResponse
  Object.defineProperties(prototype, { ...membersOver({ base }), [GUARDED]: { value: OURS } })
}

function guardPrototype(request: IncomingMessage, response: NodeResponse): void {
  const prototype = Object.getPrototypeOf(response) as NodeResponse
  if (typeof (response as { createPushResponse?: unknown }).createPushResponse === 'function') {
    guardInPlace(prototype)
    return
  }
  guardServer((request.socket as { server?: object } | null)?.server, prototype)
  Object.setPrototypeOf(response, guardedPrototypeOf(prototype))
}

/** Whether an object is a response that can be guarded; proxies and upgrades hand a Socket where one is expected. */
export function isResponse(response: unknown): response is NodeResponse {
  return (
    typeof response === 'object' &&
    response !== null &&
    typeof (response as NodeResponse).writeHead === 'function' &&
    typeof (response as NodeResponse).setHeader === 'function'
  )
}

/**
 * Begins to follow a response of Node. Returns undefined where it is none, or is followed already.
 */
export function attach(guard: Guard, request: unknown, response: unknown): ResponseRecord | undefined {
  if (!isResponse(response)) return undefined
  const guardedBy = (response as { [GUARDED]?: symbol })[GUARDED]
  if (guardedBy === undefined) guardPrototype(request as IncomingMessage, response)
  else if (guardedBy === OURS ? recordOf(response) !== undefined : isGuarded(response)) return undefined
  const record = guard.attach(response)
  adopt(response, record)
  return record
}

/** `RESPOND_ONCE=off` in the environment, or `enabled: false`, leaves everything as it is. */
export function isEnabled({ enabled }: GuardOptions): boolean {
  return enabled !== false && process.env.RESPOND_ONCE !== 'off'
}
