// What adapters are made of. Applications use the adapter for their framework, or `@respond-once/core/node`.
export { abandoned, judgeBody } from './body.ts'
export { failed, isSwallowed } from './control.ts'
export { Guard } from './guard.ts'
export type { GuardedResponse, Host } from './host.ts'
export { adopt, type Below, disguise, inside, membersOver, type NodeResponse, takeBack } from './members.ts'
export { type Next, trackNext } from './next.ts'
export { attach, isEnabled, isResponse } from './node.ts'
export { type GuardOptions, validateOptions } from './options.ts'
export {
  AWAITS_FILE,
  AWAITS_VIEW,
  DETACHED,
  INSIDE,
  PASSING,
  RESPONDED,
  type ResponseRecord,
  RUN_MASK,
  recordOf,
} from './record.ts'
export { watchRejection } from './rejections.ts'
export { ANSWER, FINISHED, PIPE } from './state.ts'
export { addGuardRoot, type Frame, type Trace } from './trace.ts'
