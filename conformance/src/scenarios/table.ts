import { answeringLate } from './answering-late.ts'
import { answeringTwice } from './answering-twice.ts'
import { fastifyReplies, fastifyTimeouts } from './fastify.ts'
import {
  innocentAnswers,
  innocentControl,
  innocentLibraries,
  innocentStreams,
  innocentWrappers,
} from './innocent-express.ts'
import { innocentFastify, innocentFastifyLibraries } from './innocent-fastify.ts'
import { innocentHttp1, innocentHttp2, innocentRaw } from './innocent-node.ts'
import { innocentKoa, innocentKoaLibraries, koaLate, koaOverwritten, koaPassingOn, koaStreams } from './koa.ts'
import { bookkeeping, lateFields } from './late-fields.ts'
import { passingOn } from './passing-on.ts'
import type { Scenario } from './scenario.ts'
import { partial, streams } from './streams.ts'

/** Everything that is tried. A framework runs the rows that it has a program for. */
export const scenarios: readonly Scenario[] = [
  ...answeringTwice,
  ...answeringLate,
  ...passingOn,
  ...lateFields,
  ...bookkeeping,
  ...streams,
  ...partial,
  ...koaOverwritten,
  ...koaLate,
  ...koaPassingOn,
  ...koaStreams,
  ...fastifyReplies,
  ...fastifyTimeouts,
  ...innocentAnswers,
  ...innocentControl,
  ...innocentStreams,
  ...innocentLibraries,
  ...innocentWrappers,
  ...innocentKoa,
  ...innocentKoaLibraries,
  ...innocentFastify,
  ...innocentFastifyLibraries,
  ...innocentRaw,
  ...innocentHttp1,
  ...innocentHttp2,
]
