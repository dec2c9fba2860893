import { createWriteStream } from 'node:fs'
import { jsonReporter } from '@respond-once/core'
import { respondOnce as guardListener } from '@respond-once/core/node'
import { respondOnce } from '@respond-once/express'
import { respondOnce as guardPlugin } from '@respond-once/fastify'
import { respondOnce as guardKoa } from '@respond-once/koa'
import type { RequestHandler } from 'express'
import type { FastifyInstance } from 'fastify'
import type { Middleware } from 'koa'
import type { Listener } from './apps.ts'

/** What a production service would pass, without the reporter's output. */
const productionProfile = { policy: 'protect', trace: 'adaptive', reporters: [] } as const

function optionsOf(variant: string): Parameters<typeof respondOnce>[0] {
  if (variant === 'guard-always') return { ...productionProfile, trace: 'always' }
  if (variant === 'guard-storm')
    return { ...productionProfile, reporters: [jsonReporter(createWriteStream('/dev/null'))] }
  if (variant === 'guard-off') return { ...productionProfile, enabled: false }
  return productionProfile
}

export function guardMiddleware(variant: string): RequestHandler {
  return respondOnce(optionsOf(variant)) as RequestHandler
}

export function guardKoaMiddleware(variant: string): Middleware {
  return guardKoa(optionsOf(variant))
}

export function guardedListener(listener: Listener, variant: string): Listener {
  return guardListener(listener, optionsOf(variant)) as Listener
}

export async function guardFastify(app: FastifyInstance, variant: string): Promise<void> {
  await app.register(guardPlugin, optionsOf(variant) ?? {})
}
