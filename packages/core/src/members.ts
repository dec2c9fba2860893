import { sharedMembers } from './lifecycle.ts'
import { onMember } from './pipes.ts'
import { type Below, descriptorOf, disguise, type Method, type NodeResponse } from './response.ts'
import {
  headerMember,
  informMember,
  setHeaderMember,
  statusAccessor,
  statusCodeMember,
  statusMessageMember,
} from './staging.ts'
import { destroyMember, flushMember, trailersMember, untouchedMember, wrappableMember } from './wire.ts'

/**
 * The members of a guarded response, for the prototype that lies over `below`. Every one returns at once where the
 * response has no record, and forwards what it was given as it was given. What Node lacks is not invented.
 */
export function membersOver(below: Below): PropertyDescriptorMap {
  const members: PropertyDescriptorMap = { ...sharedMembers }
  const add = (key: string, value: Method) => {
    const native = descriptorOf(below.base, key)
    if (native !== undefined) members[key] = { ...native, configurable: true, value: disguise(value, native.value) }
  }
  add('setHeader', setHeaderMember(below))
  for (const key of ['appendHeader', 'removeHeader', 'setHeaders'] as const) add(key, headerMember(below, key))
  for (const key of ['writeContinue', 'writeProcessing', 'writeEarlyHints', 'writeInformation']) {
    add(key, informMember(below, key as keyof NodeResponse))
  }
  for (const key of ['end', 'write', 'writeHead'] as const) members[key] = wrappableMember(below, key)
  for (const key of ['statusCode', 'statusMessage'] as const) {
    const native = descriptorOf(below.base, key)
    const plain = key === 'statusCode' ? statusCodeMember : statusMessageMember
    members[key] = native?.get === undefined ? plain(below) : statusAccessor(key, native)
  }
  add('flushHeaders', flushMember(below))
  add('addTrailers', trailersMember(below))
  add('destroy', destroyMember(below))
  add('on', onMember(below))
  return { ...members, ...untouchedMember(members) }
}
