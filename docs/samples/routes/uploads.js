app.post('/uploads', async (req, res) => {
  const upload = await store(req)
  res.status(202).json({ id: upload.id })
  if (upload.size > limit) {
    throw new Error('the upload is too large')
  }
})
