import type { Lifecycle } from '@respond-once/express'
import { definePolicy, respondOnce } from '@respond-once/express'
import express from 'express'

// Compiled, not run: what an application with the types of Express 5 writes.

const app = express()
app.use(respondOnce())
app.use('/api', respondOnce({ policy: 'strict', trace: 'never' }))
app.use('/legacy', respondOnce({ policy: definePolicy({ extends: 'observe', rules: { 'late-header': 'off' } }) }))
express.Router().use(respondOnce())

app.get('/', (_req, res) => {
  const lifecycle: Lifecycle | undefined = res.lifecycle
  const by: string | undefined = res.lifecycle?.respondedBy?.operation
  // @ts-expect-error: it is read-only
  res.lifecycle = lifecycle
  res.send(by)
})

// @ts-expect-error: no such preset
respondOnce({ policy: 'protct' })
// @ts-expect-error: no such kind
definePolicy({ rules: { 'double-respons': 'off' } })
// @ts-expect-error: no such cause
definePolicy({ rules: { 'double-response/timeot': 'off' } })
// @ts-expect-error: no such action
definePolicy({ rules: { 'double-response': 'supress' } })
