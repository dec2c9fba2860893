app.get('/notes/:id', (req, res) => {
  const text = notes.read(req.params.id)
  res.setHeader('Content-Length', text.length)
  res.end(text)
})

app.delete('/notes/:id', (req, res) => {
  notes.remove(req.params.id)
  res.status(204).json({ removed: true })
})

app.get('/search', async (req, res) => {
  const results = await search(req.query.q)
  res.json(results)
})
