export function requireUser(req, res, next) {
  if (!req.user) {
    res.status(401).json({ error: 'log in first' })
  }
  next()
}

export function allowAdmins(req, res, next) {
  if (req.user?.isAdmin) next()
  isOwner(req).then((owner) => (owner ? next() : res.sendStatus(403)))
}
