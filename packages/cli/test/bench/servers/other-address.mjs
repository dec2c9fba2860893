import http from 'node:http'
import { respondOnce } from '@respond-once/core/node'

const listener = respondOnce((_request, response) => response.end('hello'))
const ipv6Only = process.env.ONLY_V6 === '1'
// As settings are spread: what is not set is there, and undefined.
http.createServer(listener).listen({ port: 3999, host: process.env.ADDRESS, path: undefined, ipv6Only })
