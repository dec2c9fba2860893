import { definePolicy, type GuardOptions, respondOnce } from '@respond-once/koa'
import { acmePolicy } from '@respond-once-examples/acme-policy'
import Koa from 'koa'

const policy = definePolicy({
  extends: acmePolicy,
  rules: { 'body-overwritten': 'report' },
})

const notes = new Map([['1', { text: 'buy tea', owner: 'ada' }]])

/** The notes, as an application. */
export function notesApp(options: Omit<GuardOptions, 'policy'> = {}): Koa {
  const app = new Koa()
  app.use(respondOnce({ ...options, policy }))
  app.use(async (ctx) => {
    const note = notes.get(ctx.path.replace('/notes/', ''))
    if (note === undefined) {
      ctx.status = 404
      ctx.body = { error: 'no such note' }
      return
    }
    // A mistake: who may not see the note is told so, and then the note is shown.
    if (ctx.get('authorization') !== note.owner) {
      ctx.status = 403
      ctx.body = { error: 'not yours' }
    }
    ctx.body = { text: note.text }
  })
  return app
}
