app.get('/export', (req, res) => {
  const rows = database.query('select * from orders').stream()
  rows.on('data', (row) => res.write(`${JSON.stringify(row)}\n`))
  setTimeout(() => res.end(), 5000)
})
