import { createWriteStream } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { jsonReporter, respondOnce } from '@respond-once/express'
import express from 'express'

// A service in its production profile. `/twice` answers each request twice, `/once` does the same without the mistake.

const [log = '/dev/null'] = process.argv.slice(2)
const app = express()
app.use(respondOnce({ policy: 'protect', reporters: [jsonReporter(createWriteStream(log))] }) as never)

app.get('/once/:id', (req, res) => {
  if (req.params.id === '2') return void res.status(404).json({ error: 'no such user' })
  res.json({ user: req.params.id })
})

app.get('/twice/:id', (req, res) => {
  if (req.params.id === '2') res.status(404).json({ error: 'no such user' })
  res.json({ user: req.params.id })
})

const server = createServer(app)
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))

process.on('message', (message) => {
  if (message === 'exit') process.exit()
  if (message === 'collect') globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  process.send?.({ cpu: user + system, heap: process.memoryUsage().heapUsed })
})
