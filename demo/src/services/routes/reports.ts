import { type ErrorRequestHandler, Router } from 'express'
import { buildReport, openReport, userRows } from '../../database.ts'

export const reports: Router = Router()

reports.get('/visitors', (_req, res) => {
  setTimeout(() => {
    res.status(503).json({ error: 'took too long' })
  }, 40)
  buildReport().then((report) => {
    res.json(report)
  })
})

reports.get('/today', (_req, res) => {
  const started = performance.now()
  res.on('finish', () => {
    res.setHeader('Server-Timing', `total;dur=${performance.now() - started}`)
  })
  res.json({ visitors: 17 })
})

reports.get('/week', (_req, res) => {
  const file = openReport()
  file.on('error', () => {
    res.status(500).json({ error: 'could not read the report' })
  })
  file.pipe(res.type('csv'))
})

reports.get('/users', async (_req, res) => {
  res.type('csv').write('id,name\n')
  for await (const row of userRows()) {
    res.write(row)
  }
  res.end()
})

const answerErrors: ErrorRequestHandler = (_error, _req, res, _next) => {
  if (res.headersSent) return
  res.status(500).json({ error: 'something went wrong' })
}

reports.use(answerErrors)
