app.post('/orders', async (req, res) => {
  try {
    const order = await orders.create(req.body)
    res.status(201).json(order)
    await mailer.confirm(order)
  } catch (error) {
    res.status(500)
  }
})
