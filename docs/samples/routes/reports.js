app.get('/reports/:year', async (req, res) => {
  res.write('month,total\n')
  for (const month of months) {
    const total = await totals.of(req.params.year, month)
    res.write(`${month},${total}\n`)
  }
  res.end()
})
