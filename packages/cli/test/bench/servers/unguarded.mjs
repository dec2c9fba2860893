import http from 'node:http'

http.createServer((_request, response) => response.end('hello')).listen(3999)
