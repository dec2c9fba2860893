import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Express } from 'express'
import type { FastifyInstance } from 'fastify'
import type Koa from 'koa'

// Faulty programs whose diagnosis must be exact. The line above each of them says it, and how it is asked for:
//   // <kind> <cause> <method> <path> [leaving | passing]
// `leaving`: the client goes before it is answered. `passing`: what responds may pass control on. The lines are marked by
// `// @first` and `// @second`, in a file of helpers with the program's name behind it; a mark that is missing says that
// there is no such place.

export type ExpressDiagnoses = Readonly<Record<string, (app: Express) => void>>
export type KoaDiagnoses = Readonly<Record<string, (app: Koa) => void>>
export type FastifyDiagnoses = Readonly<Record<string, (app: FastifyInstance) => void>>
export type NodeDiagnoses = Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => unknown>>
