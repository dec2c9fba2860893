import http from 'node:http'
import { respondOnce } from '@respond-once/core/node'

http.createServer(respondOnce((_request, response) => response.end('hello'))).listen(3999, process.env.ADDRESS)
