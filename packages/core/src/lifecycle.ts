import { type GuardedResponse, outcomeOf } from './host.ts'
import { DETACHED, HIJACKED, type ResponseRecord, recordOf } from './record.ts'
import { type ResponseState, STATES } from './state.ts'
import type { OperationRecord } from './violation.ts'

/** A live, read-only view of a response. */
export interface Lifecycle {
  readonly state: ResponseState
  /** How it ended; undefined while it has not. */
  readonly outcome: 'completed' | 'aborted' | undefined
  /** The operation that took on the answer; null while nobody has. */
  readonly respondedBy: OperationRecord | null
  readonly hijacked: boolean
}

class LiveLifecycle implements Lifecycle {
  readonly #response: GuardedResponse
  readonly #record: ResponseRecord

  constructor(response: GuardedResponse, record: ResponseRecord) {
    this.#response = response
    this.#record = record
  }

  get state(): ResponseState {
    return STATES[this.#record.guard.judge.observe(this.#response, this.#record)] as ResponseState
  }

  get outcome(): 'completed' | 'aborted' | undefined {
    return outcomeOf(this.#response)
  }

  get respondedBy(): OperationRecord | null {
    return this.#record.guard.judge.respondedBy(this.#response, this.#record)
  }

  get hijacked(): boolean {
    return (this.#record.bits & HIJACKED) !== 0
  }

  toJSON(): Lifecycle {
    const { state, outcome, respondedBy, hijacked } = this
    return { state, outcome, respondedBy, hijacked }
  }
}

// Two copies of core in one process find each other's records through the prototypes that they guard.
const LIFECYCLE = Symbol.for('respond-once.lifecycle')
const DETACH = Symbol.for('respond-once.detach')

/** The members by which other copies of core see a guarded response, for a prototype. */
export const sharedMembers: PropertyDescriptorMap = {
  [LIFECYCLE]: {
    configurable: true,
    get(this: GuardedResponse): Lifecycle | undefined {
      const record = recordOf(this)
      return record === undefined ? undefined : new LiveLifecycle(this, record)
    },
  },
  [DETACH]: {
    configurable: true,
    value: function detach(this: GuardedResponse): void {
      const record = recordOf(this)
      if (record === undefined) return
      record.bits |= DETACHED
      record.guard.forget(record)
    },
  },
}

interface Shared {
  readonly [LIFECYCLE]?: Lifecycle
  readonly [DETACH]?: () => void
}

/** Where a guarded response stands, live; undefined for any other object. */
export function lifecycleOf(response: object): Lifecycle | undefined {
  return (response as Shared)[LIFECYCLE]
}

/** The application takes the response over: the guard stops judging it. Does nothing where it is not guarded. */
export function detach(response: object): void {
  const leave = (response as Shared)[DETACH]
  if (leave !== undefined) leave.call(response)
}

/** Whether this or another copy of core guards the response. */
export function isGuarded(response: object): boolean {
  return lifecycleOf(response) !== undefined
}
