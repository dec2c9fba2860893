import http from 'node:http'
import { respondOnce } from '@respond-once/core/node'

const policy = { extends: 'protect', locked: ['double-response'] }
http.createServer(respondOnce((_request, response) => response.end('hello'), { policy })).listen(process.env.PORT)
