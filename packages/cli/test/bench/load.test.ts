import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, expect, it } from 'vitest'
import { loadHttp } from '../../src/bench/load.ts'

let answered = 0
let pipelined = 0
const server = http.createServer(({ url }, response) => {
  if (url === '/pipelined') pipelined++
  if (url === '/closes') response.setHeader('connection', 'close')
  if (url === '/hints') response.writeEarlyHints({ link: '</a.css>; rel=preload' })
  if (url === '/fails?token=SECRET' && ++answered > 2) response.statusCode = 500
  response.end('hello')
})
await once(server.listen(0), 'listening')
afterAll(() => server.close())
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

it.each([
  ['/closes', 'had no answer (the server closes connections that it should keep alive)'],
  ['/hints', 'responses to GET /hints were not 200 but 103'],
  ['/fails?token=SECRET', '4 of 6 responses to GET /fails?token=… were not 200 but 500'],
])('says what was wrong with the answers to a load of %s', async (path, words) => {
  const request = { method: 'GET', path, headers: {} }
  const load = loadHttp({ origin, request, amount: 6, connections: 1, pipelining: 1, status: 200 })
  await expect(load).rejects.toThrow(words)
})

it('waits for the answers to all pipelined requests, and makes no more of them', async () => {
  const request = { method: 'GET', path: '/pipelined', headers: {} }
  const loaded = await loadHttp({ origin, request, amount: 47, connections: 3, pipelining: 10, status: 200 })
  expect(loaded.requests).toBe(47)
  expect(pipelined).toBe(47)
})
