const list = (ctx) => {
  ctx.respond = false
  ctx.res.end(JSON.stringify(teams.all()))
}
