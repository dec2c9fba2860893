import type { Lifecycle } from '@respond-once/core'
import type {} from 'koa'

export type {
  CallSite,
  Cause,
  CompiledPolicy,
  Exemption,
  GuardOptions,
  Lifecycle,
  Limits,
  Logger,
  LoggerOptions,
  OperationRecord,
  Override,
  Policy,
  PolicySource,
  PresetName,
  Repeats,
  Reporter,
  Rule,
  RuleKey,
  RuleOptions,
  Rules,
  TraceMode,
  Violation,
  ViolationKind,
} from '@respond-once/core'
export {
  definePolicy,
  detach,
  InvalidOptionsError,
  jsonReporter,
  lifecycleOf,
  loggerReporter,
  prettyReporter,
  ResponseViolationError,
  warningReporter,
} from '@respond-once/core'
export { respondOnce } from './install.ts'

declare module 'koa' {
  interface ExtendableContext {
    /** Where this response stands, live; undefined where it is not guarded. */
    readonly lifecycle?: Lifecycle | undefined
  }
}
