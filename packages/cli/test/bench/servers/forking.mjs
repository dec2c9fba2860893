import cluster from 'node:cluster'
import http from 'node:http'

if (cluster.isPrimary) cluster.fork()
else http.createServer((_request, response) => response.end('hello')).listen(3999)
