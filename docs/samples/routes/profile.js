router.get('/profile', async (ctx) => {
  if (!ctx.state.user) {
    ctx.redirect('/login')
  }
  ctx.body = { profile: await profiles.of(ctx.state.user) }
})
