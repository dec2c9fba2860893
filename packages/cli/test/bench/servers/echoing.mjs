import http from 'node:http'
import { respondOnce } from '@respond-once/core/node'

// What is sent comes back, and with the guard it is not quite the same.
const isGuarded = process.env.RESPOND_ONCE !== 'off'
function handler(request, response) {
  if (request.url.startsWith('/fails')) response.statusCode = 500
  if (request.url.startsWith('/headers')) {
    response.setHeader('x-echo', [request.headers.authorization, String(isGuarded)])
    response.setHeader('set-cookie', `session=${request.headers.authorization}`)
    if (isGuarded) response.setHeader('x-guarded', request.headers.authorization)
  }
  if (request.url.startsWith('/order')) {
    for (const name of isGuarded ? ['x-a', 'x-b'] : ['x-b', 'x-a'])
      response.setHeader(name, request.headers.authorization)
  }
  if (request.url.startsWith('/body'))
    return void response.end(`hello, ${isGuarded ? 'guarded ' : ''}${request.headers.authorization}`)
  response.end('hello')
}
http.createServer(respondOnce(handler, { reporters: [] })).listen(3999)
