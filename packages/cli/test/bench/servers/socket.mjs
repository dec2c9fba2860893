import http from 'node:http'
import { respondOnce } from '@respond-once/core/node'

// Behind a proxy on the same machine. With PORT it listens there, too.
const answer = respondOnce((_request, response) => response.end('hello'), { reporters: [] })
http.createServer(answer).listen(`${process.env.FOLDER}/${process.pid}.sock`)
if (process.env.PORT) http.createServer(answer).listen(process.env.PORT)
