import fastify, { type FastifyInstance } from 'fastify'
import fastify4 from 'fastify4'
import fastify40 from 'fastify40'
import fastify50 from 'fastify50'

/** Makes an application; the types are those of the newest version. */
export type Fastify = (options?: object) => FastifyInstance

/** The newest of both majors, and the oldest of each that is supported. */
export const versions: readonly (readonly [name: string, fastify: Fastify])[] = [
  ['Fastify 5', fastify as unknown as Fastify],
  ['Fastify 4', fastify4 as unknown as Fastify],
  ['Fastify 5.0', fastify50 as unknown as Fastify],
  ['Fastify 4.0', fastify40 as unknown as Fastify],
]
