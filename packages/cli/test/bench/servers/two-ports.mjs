import http from 'node:http'
import { respondOnce } from '@respond-once/core/node'

const answer = (words) => respondOnce((_request, response) => response.end(words))
http.createServer(answer('metrics')).listen(9999)
http.createServer(answer('main')).listen(process.env.PORT)
