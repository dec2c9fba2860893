import { createRequire } from 'node:module'
import type express from 'express'

export type Express = typeof express

const require = createRequire(import.meta.url)

function version(name: string, packageName: string) {
  return { name, major: name.startsWith('Express 4') ? 4 : 5, express: require(packageName) as Express }
}

/** The oldest and the newest release of each major that is supported. */
export const VERSIONS = [
  version('Express 5.3', 'express'),
  version('Express 5.0.0', 'express50'),
  version('Express 4.22', 'express4'),
  version('Express 4.18.0', 'express418'),
] as const

export type Version = (typeof VERSIONS)[number]
