import http2 from 'node:http2'
import { respondOnce } from '@respond-once/core/node'

http2.createServer(respondOnce((_request, response) => response.end('hello'))).listen(3999)
