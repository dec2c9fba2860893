import type Koa from 'koa'
import { type Ask, serve } from '../../core/test/serve.ts'
import { type GuardOptions, respondOnce, type Violation } from '../src/index.ts'
import type { KoaClass } from './versions.ts'

export { afterwards, breakOff, closeAfterTest, serve } from '../../core/test/serve.ts'

/** Options that keep what is told. */
export function keeping(options: GuardOptions = {}) {
  const violations: Violation[] = []
  const kept: GuardOptions = {
    trace: 'always',
    reporters: [],
    onViolation: (violation) => void violations.push(violation),
    ...options,
  }
  return { violations, options: kept }
}

/** An application that prints nothing. */
export function silent(Koa: KoaClass, ...options: ConstructorParameters<KoaClass>): Koa {
  const app = new Koa(...options) as Koa
  app.silent = true
  return app
}

/** An application that is guarded first, and served. */
export async function guarded(
  Koa: KoaClass,
  build: (app: Koa) => void,
  options: GuardOptions = {},
): Promise<{ app: Koa; violations: Violation[]; ask: Ask }> {
  const { violations, options: kept } = keeping(options)
  const app = silent(Koa)
  app.use(respondOnce(kept))
  build(app)
  return { app, violations, ask: await serve(app.callback()) }
}
