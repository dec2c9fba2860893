app.get('/users/:id', (req, res) => {
  const user = users.get(req.params.id)
  if (!user) {
    res.status(404).json({ error: 'no such user' })
  }
  res.json({ user })
})
