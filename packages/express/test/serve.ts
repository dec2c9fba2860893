import type { Express as Application } from 'express'
import { type Ask, serve } from '../../core/test/serve.ts'
import { type GuardOptions, respondOnce, type Violation } from '../src/index.ts'
import type { Express } from './versions.ts'

export {
  type Ask,
  afterwards,
  breakOff,
  closeAfterTest,
  type Reply,
  type Request,
  serve,
} from '../../core/test/serve.ts'

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

/** The guard, as `app.use` takes it. */
export const guardOf = (options: GuardOptions) => respondOnce(options) as never

/** An application that is guarded first, and served. */
export async function guarded(
  express: Express,
  build: (app: Application) => void,
  options: GuardOptions = {},
): Promise<{ app: Application; violations: Violation[]; ask: Ask }> {
  const { violations, options: kept } = keeping(options)
  const app = express()
  // Express prints errors that nobody handles, but not in tests.
  app.set('env', 'test')
  app.use(guardOf(kept))
  build(app)
  return { app, violations, ask: await serve(app) }
}

/** The same application without the guard: what the guard may not change. */
export async function bare(express: Express, build: (app: Application) => void): Promise<Ask> {
  const app = express()
  app.set('env', 'test')
  build(app)
  return serve(app)
}
