import { type RequestHandler, Router } from 'express'
import { findSession, findUser, saveUser, writeAudit } from '../../database.ts'
import { tellParent } from '../../parent.ts'

export const accounts: Router = Router()

accounts.get('/users/:id', async (req, res) => {
  const user = await findUser(req.params.id)
  if (!user) {
    res.status(404).json({ error: 'no such user' })
  }
  res.json({ name: user?.name })
})

accounts.post('/users', async (_req, res) => {
  try {
    const user = await saveUser('Grace')
    res.status(201).json(user)
    await writeAudit(user)
  } catch {
    res.status(500).json({ error: 'could not save the user' })
  }
})

accounts.get('/profile', (_req, res, next) => {
  res.json({ name: 'Ada' })
  next()
})

const readLanguage: RequestHandler = (req, res, next) => {
  if (!req.headers['accept-language']) {
    next()
  }
  res.locals.language = req.headers['accept-language']
  next()
}

const requireLogin: RequestHandler = async (req, res, next) => {
  const user = await findSession(req.headers.cookie)
  if (!user) {
    res.status(401).json({ error: 'log in first' })
    return
  }
  next()
}

accounts.get('/admin/keys', readLanguage, requireLogin, (_req, res) => {
  tellParent({ type: 'reached', handler: 'the handler behind requireLogin' })
  res.json({ secret: 'sk-51f0' })
})
