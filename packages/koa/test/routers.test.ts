import Router from '@koa/router'
import { type CompiledPolicy, compilePolicy, type PolicySource } from '@respond-once/core'
import { describe, expect, it } from 'vitest'
import { guarded } from './serve.ts'
import { VERSIONS } from './versions.ts'

// Handlers of routers are followed in the routers' own lists, which may grow, and be of interest only later.

/** Passes control on twice, in front of a handler that answers. */
function addTwice(router: Router, path: string): void {
  router.get(
    path,
    async (_ctx, next) => {
      await next()
      await next()
    },
    (ctx) => {
      ctx.body = 'ok'
    },
  )
}

/** A source that is changed by hand. */
class Switch implements PolicySource {
  #current: CompiledPolicy = compilePolicy({ extends: 'protect', rules: { 'next-called-twice': 'off' } })
  #listener: (() => void) | undefined

  current(): CompiledPolicy {
    return this.#current
  }

  subscribe(listener: () => void): () => void {
    this.#listener = listener
    return () => {}
  }

  turnOn(): void {
    this.#current = compilePolicy('protect')
    this.#listener?.()
  }
}

const twice = (path: string) => `next-called-twice ${path}`

describe.each(VERSIONS)('routers in $name', ({ Koa }) => {
  it('are followed into routes that are added after the first request', async () => {
    const router = new Router()
    addTwice(router, '/early')
    const { ask, violations } = await guarded(Koa, (app) => void app.use(router.routes()))
    expect(await ask('/early')).toMatchObject({ status: 200, body: 'ok' })
    addTwice(router, '/late')
    for (const path of ['/late', '/early']) expect(await ask(path)).toMatchObject({ status: 200, body: 'ok' })
    expect(violations.map(({ kind, route }) => `${kind} ${route}`)).toEqual(['/early', '/late', '/early'].map(twice))
  })

  it('are followed once the policy asks for it', async () => {
    const policy = new Switch()
    const router = new Router()
    addTwice(router, '/twice')
    const { ask, violations } = await guarded(Koa, (app) => void app.use(router.routes()), { policy })
    expect(await ask('/twice')).toMatchObject({ status: 500 })
    policy.turnOn()
    for (const _time of [1, 2]) expect(await ask('/twice')).toMatchObject({ status: 200, body: 'ok' })
    expect(violations.map(({ kind, route }) => `${kind} ${route}`)).toEqual(['/twice', '/twice'].map(twice))
  })
})
