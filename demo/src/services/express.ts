import { respondOnce } from '@respond-once/express'
import express from 'express'
import { followParent, tellListening } from '../parent.ts'
import { guardOptions, isGuarded } from '../policy.ts'
import { accounts } from './routes/accounts.ts'
import { catalog } from './routes/catalog.ts'
import { orders } from './routes/orders.ts'
import { reports } from './routes/reports.ts'

/*
 * A small shop, written the way such services are written, with mistakes in its routes.
 * The guard is one line.
 */

const app = express()

if (isGuarded) app.use(respondOnce(guardOptions))

// The access log: one line for each finished response, with the status that the response object names then.
app.use((req, res, next) => {
  res.on('finish', () => console.log(`${req.method} ${req.originalUrl} ${res.statusCode}`))
  next()
})

app.use(accounts)
app.use(orders)
app.use('/reports', reports)
app.use('/catalog', catalog)

app.use((_req, res) => {
  res.status(404).json({ error: 'not found' })
})

const server = app.listen(0, '127.0.0.1', (error) => {
  if (error) throw error
  tellListening(server.address())
})

followParent()
