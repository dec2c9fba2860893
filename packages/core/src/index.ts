export { detach, type Lifecycle, lifecycleOf } from './lifecycle.ts'
export {
  type GuardOptions,
  InvalidOptionsError,
  type Limits,
  type OptionProblem,
  type Repeats,
  type Reporter,
  type TraceMode,
} from './options.ts'
export {
  type CompiledPolicy,
  type CompileOptions,
  compilePolicy,
  type Decision,
  type Settings,
} from './policy/compile.ts'
export { definePolicy } from './policy/define.ts'
export type { PolicySource } from './policy/follow.ts'
export type { Exemption, Override, Policy, PresetName, Rule, RuleKey, RuleOptions, Rules } from './policy/model.ts'
export { prettyReporter } from './pretty.ts'
export type { FinishedResponse } from './report.ts'
export { jsonReporter, type Logger, type LoggerOptions, loggerReporter, warningReporter } from './reporters.ts'
export { OPERATIONS, type Operation, type ResponseState, STATES, TRANSITIONS } from './state.ts'
export {
  type Action,
  CAUSES,
  type CallSite,
  type Cause,
  codeOf,
  FRAMEWORKS,
  type Framework,
  kindOfFingerprint,
  type OperationRecord,
  ResponseViolationError,
  VIOLATION_KINDS,
  type Violation,
  type ViolationKind,
} from './violation.ts'
