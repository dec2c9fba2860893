import { respondOnce } from '@respond-once/express'
import express from 'express'

const app = express()
app.use(respondOnce())

const started = Date.now()

app.get('/health', (_request, response) => {
  response.json({ status: 'ok', started })
})

app.listen(process.env.PORT ?? 3000)
