import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { exchange } from '../../src/bench/exchange.ts'
import { loadHttp } from '../../src/bench/load.ts'
import { bench, QUICK, serverFile } from './command.ts'

it('sends a header twice that is given twice, in the check as under load', async () => {
  const seen: unknown[] = []
  const server = http.createServer(({ headersDistinct }, response) => {
    seen.push(headersDistinct['x-tenant'])
    response.end('hello')
  })
  await once(server.listen(0), 'listening')
  try {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const request = { method: 'GET', path: '/', headers: { 'X-Tenant': ['one', 'two'] } }
    await exchange(origin, request)
    await loadHttp({ origin, request, amount: 2, connections: 1, pipelining: 1, status: 200 })
    expect(seen).toEqual([
      ['one', 'two'],
      ['one', 'two'],
      ['one', 'two'],
    ])
  } finally {
    server.close()
  }
})

it('sends a host of its own', { timeout: 60_000 }, async () => {
  const args = [serverFile('guarded'), ...QUICK, '--header', 'Host: shop.example', '--time-limit', '0.1']
  const { code, stderr } = await bench(args)
  expect(stderr).not.toContain('could not run')
  expect(code).toBe(2)
})
