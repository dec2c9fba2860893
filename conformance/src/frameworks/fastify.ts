import type { Server } from 'node:http'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import type { Family } from '../scenarios/scenario.ts'
import type { Framework, Stage } from './framework.ts'

export interface FastifyStage extends Stage {
  /** Installs the guard here rather than first. */
  readonly installGuard: (app: FastifyInstance) => Promise<void>
}

type Build = (app: FastifyInstance, stage: FastifyStage) => unknown

/** With options of its own for Fastify; with `installsGuard` it calls `stage.installGuard(app)` itself. */
interface Program {
  readonly options?: FastifyServerOptions
  readonly build: Build
  readonly installsGuard?: boolean
}

export type FastifyProgram = Build | Program

export type FastifyPrograms = Readonly<Record<string, FastifyProgram>>

/** The application takes Fastify from `packageName`, so that one file serves every version. */
export const fastifyFramework = (
  name: string,
  packageName: string,
  families: readonly Family[],
  folders: readonly string[],
): Framework => ({
  name,
  told: 'fastify',
  families: [...families, 'fastify'],
  wire: 'http1',
  folders,
  serve: async (program, stage) => {
    const { default: fastify } = (await import(packageName)) as typeof import('fastify')
    const { guard } = stage
    const respondOnce = guard && (await import('@respond-once/fastify')).respondOnce
    const given = program as FastifyProgram
    const { options = {}, build, installsGuard = false } = typeof given === 'function' ? { build: given } : given
    const app = fastify(options) as unknown as FastifyInstance
    const installGuard = async (target: FastifyInstance) => {
      if (respondOnce) await target.register(respondOnce, guard as never)
    }
    if (!installsGuard) await installGuard(app)
    await build(app, { ...stage, installGuard })
    await app.ready()
    return app.server as Server
  },
})
