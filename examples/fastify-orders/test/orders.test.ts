import type { Violation } from '@respond-once/fastify'
import { expect, it } from 'vitest'
import { ordersApp } from '../src/orders.ts'

it('shows orders, and tells a second answer', async () => {
  const told: Violation[] = []
  const app = await ordersApp({ reporters: [], onViolation: (violation) => told.push(violation) })
  const good = await app.inject('/orders/1')
  expect([good.statusCode, good.json()]).toEqual([200, { order: { items: ['tea'] } }])
  expect(told).toEqual([])
  const bad = await app.inject('/orders/2')
  expect([bad.statusCode, bad.json()]).toEqual([404, { error: 'no such order' }])
  expect(told).toMatchObject([
    { kind: 'double-response', action: 'suppress', cause: 'missing-return', route: '/orders/:id' },
  ])
  await app.close()
})
