import type { IncomingMessage } from 'node:http'
import type { Guard } from './guard.ts'
import { isHttp2 } from './host.ts'
import { isGuarded } from './lifecycle.ts'
import { membersOver } from './members.ts'
import type { GuardOptions } from './options.ts'
import { type ResponseRecord, recordOf } from './record.ts'
import type { NodeResponse } from './response.ts'
import { adopt, adoptStatus, takeStatus } from './wire.ts'

/** Marks the prototypes that have the guard's members, with the copy of this package that they are of. */
const GUARDED = Symbol.for('respond-once.guarded')
const OURS = Symbol('respond-once')

/** The guard's members for the prototype over `base`, with what marks it. */
function markedMembers(base: NodeResponse): PropertyDescriptorMap {
  return { ...membersOver({ base }), [GUARDED]: { configurable: true, value: OURS } }
}

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
  Object.defineProperties(Guarded.prototype, markedMembers(Below.prototype))
  delete (Guarded.prototype as Partial<NodeResponse> & { constructor?: unknown }).constructor
  guardedClasses.set(Below, Guarded)
  return Guarded
}

/**
 * Guards the class that a server makes its responses of, from the next response on: its own prototype costs nothing on
 * the request path, and other servers' responses stay as they are. Node keeps the class under a symbol.
 */
function guardServer(server: object | null | undefined, prototype: object): void {
  // A socket that no server has accepted has null: a request that a test or an adapter for functions has made up.
  if (server === undefined || server === null) return
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
    guarded = Object.create(prototype, markedMembers(prototype)) as object
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
  Object.defineProperties(prototype, markedMembers(base))
}

function guardPrototype(request: IncomingMessage, response: NodeResponse): void {
  const prototype = Object.getPrototypeOf(response) as NodeResponse
  if (isHttp2(response)) {
    guardInPlace(prototype)
    return
  }
  guardServer((request.socket as { server?: object | null } | null)?.server, prototype)
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
  // The mark first: it is a constant, and what `isResponse` reads are members that look for the record.
  if ((response as Marked | null | undefined)?.[GUARDED] === OURS) return follow(guard, response as NodeResponse)
  if (!isResponse(response) || isGuarded(response)) return undefined
  const status = takeStatus(response)
  // Another copy's members may be there already: they forward what has no record of theirs.
  guardPrototype(request as IncomingMessage, response)
  const record = follow(guard, response)
  // Another one of ours may follow it already, through a prototype that has changed since.
  const known = record ?? recordOf(response)
  if (known === undefined) Object.assign(response, status)
  else adoptStatus(response, known, status)
  return record
}

interface Marked {
  readonly [GUARDED]?: symbol
}

/** Begins to follow a response that has the guard's members. Returns undefined where another copy does. */
export function follow(guard: Guard, response: NodeResponse): ResponseRecord | undefined {
  let record: ResponseRecord
  try {
    record = guard.attach(response)
  } catch (error) {
    if (isGuarded(response)) return undefined
    throw error
  }
  adopt(response, record)
  return record
}

/** `RESPOND_ONCE=off` in the environment, or `enabled: false`, leaves everything as it is. */
export function isEnabled({ enabled }: GuardOptions): boolean {
  return enabled !== false && process.env.RESPOND_ONCE !== 'off'
}
