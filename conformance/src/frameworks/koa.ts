import { createServer, type Server } from 'node:http'
import type Koa from 'koa'
import type { Family } from '../scenarios/scenario.ts'
import type { Framework, Stage } from './framework.ts'

export interface KoaStage extends Stage {
  readonly Koa: typeof Koa
  readonly server: Server
  /** Installs the guard here rather than first. */
  readonly installGuard: (app: Koa) => void
}

type Build = (app: Koa, stage: KoaStage) => void

/** With `installsGuard` the program calls `stage.installGuard(app)` itself, after middleware of its own. */
export type KoaProgram = Build | { readonly installsGuard: Build }

export type KoaPrograms = Readonly<Record<string, KoaProgram>>

/** The application takes Koa from `packageName`, so that one file serves every version. */
export const koaFramework = (name: string, packageName: string, major: 'koa2' | 'koa3'): Framework => ({
  name,
  told: 'koa',
  // The first release of 3 treats streams as Koa 2 does.
  families: [name === 'koa30' ? 'koa2' : major, 'koa'] satisfies Family[],
  wire: 'http1',
  folders: major === 'koa3' ? ['koa', 'koa3'] : ['koa'],
  serve: async (program, stage) => {
    const { default: framework } = (await import(packageName)) as { default: typeof Koa }
    const { guard } = stage
    const respondOnce = guard && (await import('@respond-once/koa')).respondOnce
    const app = new framework()
    app.silent = true
    const server = createServer()
    const installGuard = (target: Koa) => {
      if (respondOnce) target.use(respondOnce(guard as never))
    }
    const built = program as KoaProgram
    if (typeof built === 'function') installGuard(app)
    const build = typeof built === 'function' ? built : built.installsGuard
    build(app, { ...stage, Koa: framework, server, installGuard })
    return server.on('request', app.callback())
  },
})
