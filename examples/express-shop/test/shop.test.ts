import { once } from 'node:events'
import { get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { InMemoryProvider, OpenFeature } from '@openfeature/server-sdk'
import type { Violation } from '@respond-once/express'
import { FLAG, openFeatureSource } from '@respond-once-examples/acme-policy/open-feature'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { orders, policyOn, shop } from '../src/shop.ts'

describe('the shop', () => {
  const told: Violation[] = []
  let server: Server
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`http://localhost:${(server.address() as AddressInfo).port}${path}`, { headers })
    return { status: response.status, text: await response.text() }
  }

  beforeAll(async () => {
    server = shop(policyOn('protect'), { reporters: [], onViolation: (violation) => told.push(violation) }).listen(0)
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

describe('the flag of the fleet', () => {
  const flag = (preset: string) => ({
    [FLAG]: { variants: { preset }, defaultVariant: 'preset', disabled: false },
  })

  afterEach(async () => {
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
    await OpenFeature.close()
  })

  it('moves the shop from observe to protect while it is open', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
    const provider = new InMemoryProvider(flag('observe'))
    await OpenFeature.setProviderAndWait('shop', provider)
    const policy = await openFeatureSource(policyOn, 'shop')
    const told: Violation[] = []
    const server = shop(policy, { reporters: [], onViolation: (violation) => told.push(violation) }).listen(0)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    // Express closes the connection of a handler that fails: each request has its own.
    const ask = async (path: string) => {
      const [response] = await once(get({ port, path, agent: false }), 'response')
      return [response.statusCode, await json(response)]
    }

    // The second answer is only told: Express fails at it, as it does without the guard.
    expect(await ask('/receipts/7')).toEqual([404, { error: 'no such receipt' }])
    expect(told.splice(0)).toMatchObject([{ kind: 'double-response', action: 'report', route: '/receipts/:order' }])
    expect(logged).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }))
    // What Acme has locked does not wait for the flag.
    expect(await ask('/orders')).toEqual([401, { error: 'who are you?' }])
    expect(told.splice(0)).toMatchObject([{ kind: 'next-after-response', action: 'suppress' }])

    provider.putConfiguration(flag('protect'))
    await vi.waitFor(() => expect(policy.current().decide('double-response', 'unknown')).toBe('suppress'))
    expect(await ask('/receipts/7')).toEqual([404, { error: 'no such receipt' }])
    expect(told).toMatchObject([{ kind: 'double-response', action: 'suppress', route: '/receipts/:order' }])
    expect(logged).toHaveBeenCalledOnce()
    server.close()
  })
})
