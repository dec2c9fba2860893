import { spawn } from 'node:child_process'
import { appendFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import { respondOnce } from '@respond-once/core/node'

// A guarded server whose cost is known: WORK rounds a request, and EXTRA more where the guard is on.
const isGuarded = process.env.RESPOND_ONCE !== 'off'
const rounds = Number(process.env.WORK ?? 0) + (isGuarded ? Number(process.env.EXTRA ?? 0) : 0)
let sink = 0

if (process.env.PIDS) {
  // It has a process of its own, as for work that takes long.
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  appendFileSync(process.env.PIDS, `${process.pid}\n${child.pid}\n`)
}
if (process.env.REMOVES) rmSync(process.env.REMOVES, { recursive: true, force: true })

function handler(request, response) {
  for (let i = 0; i < rounds; i++) sink = (sink * 31 + i) | 0
  if (request.url === '/missing' || (request.url === '/unless-guarded' && isGuarded)) response.statusCode = 404
  if (request.url === '/echo') {
    response.setHeader('X-Method', `${request.method} ${request.headers['x-test']}`)
    return void request.pipe(response)
  }
  response.end(JSON.stringify({ sunk: sink === 0.5, url: request.url }))
}

// Always on this port, whatever PORT says: several copies run at once all the same.
http.createServer(respondOnce(handler, { reporters: [] })).listen(3999)
