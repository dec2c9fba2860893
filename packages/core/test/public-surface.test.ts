import { describe, expect, it } from 'vitest'
import * as adapter from '../src/adapter.ts'
import * as core from '../src/index.ts'
import * as node from '../src/node.ts'
import * as openTelemetry from '../src/opentelemetry.ts'
import * as policyFile from '../src/policy-file.ts'

// What is exported is promised. A name that goes, or comes, is a decision: it changes this list, and needs a changeset.

describe('the public surface', () => {
  it('of @respond-once/core', () => {
    expect(Object.keys(core).sort()).toEqual([
      'CAUSES',
      'FRAMEWORKS',
      'InvalidOptionsError',
      'OPERATIONS',
      'ResponseViolationError',
      'STATES',
      'TRANSITIONS',
      'VIOLATION_KINDS',
      'codeOf',
      'compilePolicy',
      'definePolicy',
      'detach',
      'jsonReporter',
      'kindOfFingerprint',
      'lifecycleOf',
      'loggerReporter',
      'prettyReporter',
      'warningReporter',
    ])
  })

  it('of @respond-once/core/node', () => {
    expect(Object.keys(node).sort()).toEqual([
      'InvalidOptionsError',
      'ResponseViolationError',
      'definePolicy',
      'respondOnce',
    ])
  })

  it('of @respond-once/core/opentelemetry', () => {
    expect(Object.keys(openTelemetry)).toEqual(['openTelemetryReporter'])
  })

  it('of @respond-once/core/policy-file', () => {
    expect(Object.keys(policyFile).sort()).toEqual(['compilePolicyFile', 'policyFile'])
  })

  it('of @respond-once/core/adapter', () => {
    expect(Object.keys(adapter).sort()).toEqual([
      'ANSWER',
      'AWAITS_FILE',
      'AWAITS_VIEW',
      'DETACHED',
      'EXPLAINED',
      'ErrorTrace',
      'FINISHED',
      'Guard',
      'HEADER',
      'HIJACKED',
      'INSIDE',
      'PASSING',
      'PIPE',
      'PIPING',
      'REFUSED',
      'RESPONDED',
      'ResponseViolationError',
      'SENDS_STAGED',
      'STATUS',
      'Stampable',
      'UNJUDGED',
      'abandoned',
      'addGuardRoot',
      'attach',
      'currentRun',
      'declareLength',
      'descriptorOf',
      'disguise',
      'enterRun',
      'failed',
      'follow',
      'hasBegun',
      'inOtherRun',
      'inside',
      'isContentLength',
      'isEnabled',
      'isGone',
      'isHeadSent',
      'isOverwriting',
      'isResponse',
      'isSameFunction',
      'isSameMistake',
      'isSamePlace',
      'isSwallowed',
      'judgeBody',
      'keepStatus',
      'leaveRun',
      'lifecycleMember',
      'lookAround',
      'membersOver',
      'momentOf',
      'noteTold',
      'now',
      'passedOn',
      'recordOf',
      'reportOnly',
      'respondedRun',
      'resumeRun',
      'settling',
      'stage',
      'takeBack',
      'trackNext',
      'validateOptions',
      'warnInstalledTwice',
      'watchRejection',
    ])
  })
})
