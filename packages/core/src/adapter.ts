// What adapters are made of. Applications use the adapter for their framework, or `@respond-once/core/node`.

export { attach, isEnabled, isResponse } from './attach.ts'
export { abandoned, judgeBody } from './body.ts'
export { failed, isSwallowed } from './control.ts'
export { Guard } from './guard.ts'
export type { GuardedResponse, Host } from './host.ts'
export { membersOver } from './members.ts'
export { type Next, trackNext } from './next.ts'
export { type GuardOptions, validateOptions } from './options.ts'
export {
  AWAITS_FILE,
  AWAITS_VIEW,
  currentRun,
  DETACHED,
  enterRun,
  INSIDE,
  leaveRun,
  PASSING,
  RESPONDED,
  type ResponseRecord,
  recordOf,
} from './record.ts'
export { settling, watchRejection } from './rejections.ts'
export { type Below, disguise, inside, type NodeResponse, takeBack, UNJUDGED } from './response.ts'
export { ANSWER, FINISHED, PIPE } from './state.ts'
export { addGuardRoot, type Frame, type Trace } from './trace.ts'
export { adopt } from './wire.ts'
