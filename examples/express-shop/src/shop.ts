import { definePolicy, type GuardOptions, type Policy, type PresetName, respondOnce } from '@respond-once/express'
import { acmePolicyOn } from '@respond-once-examples/acme-policy'
import express, { type Express } from 'express'

/** The rules of the shop, on the preset that Acme's fleet is on. */
export function policyOn(preset: PresetName): Policy {
  return definePolicy({
    extends: acmePolicyOn(preset),
    // What is left of the old shop sets headers late, on every page; it is being rewritten.
    overrides: [{ routes: ['/legacy/**'], rules: { 'late-header': 'report' } }],
  })
}

const prices = new Map([
  ['tea', 4],
  ['cup', 9],
])

const receipts = new Map([['1', ['tea', 'cup']]])

/** The shop, as an application. Its policy may be a source, which changes while the shop is open. */
export function shop(policy: NonNullable<GuardOptions['policy']>, options: Omit<GuardOptions, 'policy'> = {}): Express {
  const app = express()
  app.use(respondOnce({ ...options, policy }))

  app.get('/prices/:item', (req, res) => {
    const price = prices.get(req.params.item)
    if (price === undefined) {
      res.status(404).json({ error: 'not sold here' })
      return
    }
    res.json({ price })
  })

  // A mistake: who may not see the orders is told so, and let in all the same.
  app.use('/orders', (req, res, next) => {
    if (req.get('authorization') === undefined) res.status(401).json({ error: 'who are you?' })
    next()
  })

  app.get('/orders', (_req, res) => {
    orders.read++
    res.json({ orders: ['tea', 'cup'] })
  })

  // A mistake: the refusal lacks its return.
  app.get('/receipts/:order', (req, res) => {
    const receipt = receipts.get(req.params.order)
    if (receipt === undefined) res.status(404).json({ error: 'no such receipt' })
    res.json({ receipt })
  })

  app.use('/legacy', (_req, res, next) => {
    next()
    if (!res.writableEnded) return
    try {
      res.setHeader('X-Shop', 'old')
    } catch {
      // Node says that it is too late.
    }
  })

  app.get('/legacy/tea', (_req, res) => {
    res.send('tea')
  })
  return app
}

/** How often orders were read. */
export const orders = { read: 0 }
