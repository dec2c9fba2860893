// What adapters are made of. Applications use the adapter for their framework, or `@respond-once/core/node`.

export { attach, follow, isEnabled, isResponse } from './attach.ts'
export { abandoned, declareLength, judgeBody } from './body.ts'
export { failed, isSwallowed, passedOn } from './control.ts'
export { isSameFunction, isSamePlace } from './diagnose.ts'
export { addGuardRoot, type Frame } from './frame.ts'
export { Guard } from './guard.ts'
export { type GuardedResponse, type Host, isGone, isHeadSent, type StagedAnswer, type Words } from './host.ts'
export { lifecycleMember, warnInstalledTwice } from './installed.ts'
export { membersOver } from './members.ts'
export { lookAround, type Moment, momentOf } from './moment.ts'
export { type HoldsBack, type Next, trackNext } from './next.ts'
export { type GuardOptions, validateOptions } from './options.ts'
export { isOverwriting } from './overwriting.ts'
export {
  AWAITS_FILE,
  AWAITS_VIEW,
  currentRun,
  DETACHED,
  EXPLAINED,
  enterRun,
  HIJACKED,
  INSIDE,
  inOtherRun,
  leaveRun,
  now,
  PASSING,
  PIPING,
  REFUSED,
  RESPONDED,
  type ResponseRecord,
  recordOf,
  respondedRun,
  resumeRun,
  SENDS_STAGED,
} from './record.ts'
export { hasBegun, isSameMistake, noteTold } from './refuse.ts'
export { settling, watchRejection } from './rejections.ts'
export { reportOnly } from './report-only.ts'
export { type Below, descriptorOf, disguise, inside, type NodeResponse, takeBack, UNJUDGED } from './response.ts'
export { isContentLength, keepStatus, stage } from './staging.ts'
export { Stampable } from './stamp.ts'
export { ANSWER, FINISHED, HEADER, PIPE, STATUS } from './state.ts'
export { ErrorTrace, type Trace, type TracePoint } from './trace.ts'
export { ResponseViolationError } from './violation.ts'
