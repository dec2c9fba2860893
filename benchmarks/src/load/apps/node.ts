import type { IncomingMessage, ServerResponse } from 'node:http'
import { listenTo } from '../../listeners.ts'
import type { LoadVariant } from '../scenarios.ts'
import { bodyOf, ExpectedError, FAILURE, HEADERS, HELLO, megabyte, receipt } from './content.ts'
import { guardOptions } from './guards.ts'

export type Listener = (request: IncomingMessage, response: ServerResponse) => void

function json(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value))
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length })
  response.end(body)
}

function fail(): never {
  throw new ExpectedError()
}

const handle: Listener = (request, response) => {
  if (request.url === '/hello') return json(response, 200, HELLO)
  if (request.url === '/headers') {
    for (const [name, value] of HEADERS) response.setHeader(name, value)
    return json(response, 200, HELLO)
  }
  if (request.url === '/stream') {
    response.setHeader('Content-Type', 'application/octet-stream')
    megabyte().pipe(response)
    return
  }
  if (request.url === '/error') {
    try {
      fail()
    } catch {
      json(response, 500, FAILURE)
    }
    return
  }
  if (request.url === '/orders') {
    bodyOf(request).then((order) => json(response, 200, receipt(order)))
    return
  }
  json(response, 404, { error: 'not found' })
}

export async function nodeListener(variant: LoadVariant): Promise<Listener> {
  const options = guardOptions(variant)
  if (options !== undefined) return (await import('@respond-once/core/node')).respondOnce(handle, options) as Listener
  if (variant !== 'on-headers') return handle
  return (request, response) => {
    listenTo(response)
    handle(request, response)
  }
}
