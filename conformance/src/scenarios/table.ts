import { answeringLate } from './answering-late.ts'
import { answeringTwice } from './answering-twice.ts'
import {
  innocentAnswers,
  innocentControl,
  innocentLibraries,
  innocentStreams,
  innocentWrappers,
} from './innocent-express.ts'
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
  ...innocentAnswers,
  ...innocentControl,
  ...innocentStreams,
  ...innocentLibraries,
  ...innocentWrappers,
  ...innocentKoa,
  ...innocentKoaLibraries,
  ...innocentRaw,
  ...innocentHttp1,
  ...innocentHttp2,
]
