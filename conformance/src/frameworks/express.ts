import { createServer, type Server } from 'node:http'
import type express from 'express'
import type { Family } from '../scenarios/scenario.ts'
import type { Framework, Stage } from './framework.ts'

export interface ExpressStage extends Stage {
  readonly express: typeof express
  readonly server: Server
  /** Installs the guard here rather than first. */
  readonly installGuard: (app: express.Express) => void
}

type Build = (app: express.Express, stage: ExpressStage) => void

/** With `installsGuard` the program calls `stage.installGuard(app)` itself, after middleware of its own. */
export type ExpressProgram = Build | { readonly installsGuard: Build }

export type ExpressPrograms = Readonly<Record<string, ExpressProgram>>

/** The application takes Express from `packageName`, so that one file serves every version. */
export const expressFramework = (name: string, packageName: string, major: 'express4' | 'express5'): Framework => ({
  name,
  told: 'express',
  families: [major, 'express'] satisfies Family[],
  wire: 'http1',
  folders: ['express'],
  serve: async (program, stage) => {
    const { default: framework } = (await import(packageName)) as { default: typeof express }
    const { guard } = stage
    const respondOnce = guard && (await import('@respond-once/express')).respondOnce
    const app = framework()
    const server = createServer(app)
    const installGuard = (target: express.Express) => {
      if (respondOnce) target.use(respondOnce(guard as never) as never)
    }
    const built = program as ExpressProgram
    if (typeof built === 'function') installGuard(app)
    const build = typeof built === 'function' ? built : built.installsGuard
    build(app, { ...stage, express: framework, server, installGuard })
    return server
  },
})
