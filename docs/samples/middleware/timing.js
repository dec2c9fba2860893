export async function timing(ctx, next) {
  const begun = Date.now()
  await next()
  ctx.res.setHeader('Server-Timing', `app;dur=${Date.now() - begun}`)
}
