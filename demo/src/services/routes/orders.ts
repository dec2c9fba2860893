import { Router } from 'express'
import { chargeCard, findItem, findOrder, readInvoice } from '../../database.ts'

export const orders: Router = Router()

orders.post('/orders', (_req, res) => {
  res.sendStatus(201).json({ id: '77', total: 42 })
})

orders.get('/basket', (_req, res) => {
  const basket = ['sku-1', 'sku-2', 'sku-3']
  basket.forEach(async (sku) => {
    const item = await findItem(sku)
    res.json(item)
  })
})

orders.get('/orders/:id/invoice', async (req, res) => {
  readInvoice(req.params.id, (_error, invoice) => {
    res.type('text').send(invoice)
  })
  const order = await findOrder(req.params.id)
  res.json(order)
})

orders.post('/orders/:id/pay', async (req, res) => {
  const payment = await chargeCard(req.params.id)
  res.json(payment)
  if (!payment.paid) {
    res.status(402)
  }
})
