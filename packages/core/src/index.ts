export { type GuardOptions, InvalidOptionsError, type OptionProblem, type Reporter, type TraceMode } from './options.ts'
export { definePolicy, type Policy, type PresetName, type Rule, type RuleKey, type RuleOptions } from './policy.ts'
export { detach, type Lifecycle, lifecycleOf } from './record.ts'
export { type FinishedResponse, jsonReporter, prettyReporter } from './report.ts'
export { OPERATIONS, type Operation, type ResponseState, STATES, TRANSITIONS } from './state.ts'
export {
  type Action,
  type CallSite,
  type Cause,
  codeOf,
  type Framework,
  type OperationRecord,
  ResponseViolationError,
  VIOLATION_KINDS,
  type Violation,
  type ViolationKind,
} from './violation.ts'
