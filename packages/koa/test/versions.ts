import { createRequire } from 'node:module'
import type Koa from 'koa'

export type KoaClass = typeof Koa

const require = createRequire(import.meta.url)

function version(name: string, packageName: string) {
  return { name, major: name.startsWith('Koa 2') ? 2 : 3, Koa: require(packageName) as KoaClass }
}

/** The oldest and the newest release of each major that is supported. */
export const VERSIONS = [
  version('Koa 3.3', 'koa'),
  version('Koa 3.0.0', 'koa30'),
  version('Koa 2.16', 'koa2'),
  version('Koa 2.13.0', 'koa213'),
] as const
