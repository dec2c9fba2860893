import { attach, type Guard, type NodeResponse } from '@respond-once/core/adapter'
import { contextOf, type Hook } from './application.ts'
import { followContext, hasExpress, isFollowed } from './context.ts'
import { ENTRANCE } from './hooks.ts'
import { goOn } from './settled.ts'

/** The hook by which a request enters: the response is followed from here on, and so is what its route calls. */
export function entrance(guard: Guard): Hook {
  const hook: Hook = (request, reply, done) => {
    const record = attach(guard, request.raw, reply.raw)
    if (record === undefined) return done()
    record.layer = reply
    const context = contextOf(request)
    if (context !== undefined) {
      if (!isFollowed(context)) followContext(context)
      if (hasExpress(context)) keepMembers(reply.raw)
    }
    return goOn(record, done)
  }
  return Object.defineProperty(hook, 'name', { value: ENTRANCE })
}

/** An Express application within Fastify changes the prototype of the response: what stands there is to stay. */
function keepMembers(response: NodeResponse): void {
  const members = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(response) as object)
  for (const member of Object.values(members)) member.enumerable = false
  Object.defineProperties(response, members)
}
