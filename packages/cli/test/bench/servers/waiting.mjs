import http from 'node:http'
import { respondOnce } from '@respond-once/core/node'

// A server that waits for something else, as for a database: it uses next to no CPU time.
const handler = (_request, response) => setTimeout(() => response.end('hello'), Number(process.env.WAIT))
http.createServer(respondOnce(handler, { reporters: [] })).listen(3999)
