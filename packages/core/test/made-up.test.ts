import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { respondOnce } from '../src/node.ts'
import type { Violation } from '../src/violation.ts'

it('guards a response to a request that no server has accepted', () => {
  const request = new IncomingMessage(new Socket())
  const response = new ServerResponse(request)
  const violations: Violation[] = []
  const listener = respondOnce(
    (_request: IncomingMessage, answer: ServerResponse) => {
      answer.end('once')
      answer.end('twice')
    },
    { reporters: [], onViolation: (violation) => violations.push(violation) },
  )
  listener(request, response)
  expect(violations.map(({ kind }) => kind)).toEqual(['double-response'])
})
