import http from 'node:http'
import { respondOnce } from '@respond-once/core/node'

// Well until it has answered some requests: then answers do not come, or nothing does.
let left = 40
function handler(_request, response) {
  if (left-- > 0) return void response.end('hello')
  console.error('the pool has no connection left')
  while (process.env.BLOCKS) {}
}
http.createServer(respondOnce(handler, { reporters: [] })).listen(3999)
