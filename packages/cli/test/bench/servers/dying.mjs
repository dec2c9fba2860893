import http from 'node:http'
import { respondOnce } from '@respond-once/core/node'

// Well until it has answered some requests.
let left = 40
function handler(_request, response) {
  if (left-- > 0) return void response.end('hello')
  console.error('the pool has no connection left')
  process.exit(7)
}
http.createServer(respondOnce(handler, { reporters: [] })).listen(3999)
