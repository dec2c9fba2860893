import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Violation } from '@respond-once/express'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { orders, shop } from '../src/shop.ts'

describe('the shop', () => {
  const told: Violation[] = []
  let server: Server
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`http://localhost:${(server.address() as AddressInfo).port}${path}`, { headers })
    return { status: response.status, text: await response.text() }
  }

  beforeAll(async () => {
    server = shop({ reporters: [], onViolation: (violation) => told.push(violation) }).listen(0)
    await new Promise((resolve) => server.once('listening', resolve))
  })

  beforeEach(() => void told.splice(0))

  afterAll(() => void server.close())

  it('sells what it has', async () => {
    expect(await ask('/prices/tea')).toEqual({ status: 200, text: '{"price":4}' })
    expect(await ask('/prices/gold')).toMatchObject({ status: 404 })
    expect(told).toEqual([])
  })

  it('shows orders to who may see them, and runs no code for anybody else', async () => {
    expect(await ask('/orders', { authorization: 'me' })).toMatchObject({ status: 200 })
    expect([told, orders.read]).toEqual([[], 1])
    expect(await ask('/orders')).toEqual({ status: 401, text: '{"error":"who are you?"}' })
    expect(orders.read).toBe(1)
    expect(told).toMatchObject([{ kind: 'next-after-response', action: 'suppress', method: 'GET' }])
  })

  it('goes on with what is old', async () => {
    expect(await ask('/legacy/tea')).toEqual({ status: 200, text: 'tea' })
    expect(told).toMatchObject([{ kind: 'late-header', action: 'report' }])
  })
})
