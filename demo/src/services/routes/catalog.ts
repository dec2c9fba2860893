import compression from 'compression'
import { Router } from 'express'
import { photo, productPage } from '../../database.ts'

export const catalog: Router = Router()

catalog.use(compression())

catalog.get('/', (_req, res) => {
  const firstPage = productPage(1)
  res.json(firstPage)
  res.json(productPage(2))
})

catalog.get('/photo', (req, res) => {
  if (req.accepts('image/webp')) {
    res.type('webp').send(photo)
  }
  if (req.accepts('image/jpeg')) {
    res.type('jpeg').send(photo)
  }
})

catalog.get('/featured', (_req, res) => {
  res.json(productPage(3))
})
