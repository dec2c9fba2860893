import type { GuardedResponse, Host } from './host.ts'
import { isGone, isHeadSent, isUnsent, wireStatus } from './host.ts'
import { Judge } from './judge.ts'
import type { GuardOptions } from './options.ts'
import type { CompiledPolicy } from './policy/compile.ts'
import { currentPolicy, followPolicy } from './policy/follow.ts'
import {
  AWAITS_FILE,
  AWAITS_VIEW,
  currentAsyncId,
  currentRun,
  ENDING_TOLD,
  HIJACKED,
  hangRecord,
  IN_RUN,
  INSIDE,
  millisecondsBetween,
  now,
  PIPING,
  type PipeSource,
  REFUSED,
  RESPONDED,
  ResponseRecord,
  respondedRun,
  SENDS_STAGED,
  STREAMING,
  setRespondedRun,
} from './record.ts'
import { isActive, isSameMistake, refuse } from './refuse.ts'
import { finishedResponses } from './report.ts'
import { END, FINISHED, HEAD, HEADERS_SENT, HEADERS_SET, LAST, PIPE, step, WRITE } from './state.ts'
import type { Trace } from './trace.ts'
import { waitFor } from './waiting.ts'

/** A public call is answering. */
const ANSWERING = INSIDE | RESPONDED

/** Follows the responses of one installation through the table of states. */
export class Guard {
  readonly judge: Judge
  // What the request path asks of the policy, kept here: it is asked anew only when the policy changes.
  judgesClose = false
  /** Whether a rule asks who never answers. */
  waits = false

  constructor(host: Host, options: GuardOptions) {
    const { policy = 'protect' } = options
    this.judge = new Judge(host, options, currentPolicy(policy, host.framework))
    this.#obey(this.judge.policy)
    followPolicy(policy, host.framework, (changed) => this.#obey(changed))
  }

  /** Responses that are under way are judged by the new policy too, but nobody waits for those that nobody waited for. */
  #obey(policy: CompiledPolicy): void {
    this.judge.policy = policy
    this.judgesClose = policy.watches('response-after-close')
    this.waits = policy.shortestWaitMs < Number.POSITIVE_INFINITY
  }

  /** Begins to follow a response. */
  attach(response: GuardedResponse): ResponseRecord {
    const record = new ResponseRecord(this)
    hangRecord(response, record)
    if (this.waits) waitFor(response, record)
    return record
  }

  /**
   * The one door: may the application do this now? Moves the state, or acts on the violation as the policy says.
   * @throws {ResponseViolationError} where the policy says `throw`.
   */
  allow(response: GuardedResponse, record: ResponseRecord, operation: number, name: string): boolean {
    if (record.state < HEADERS_SENT && isHeadSent(response)) record.state = HEADERS_SENT
    const next = step(record.state, operation)
    if ((record.bits & REFUSED) !== 0) {
      // The framework's own text is not glued to a body whose second answer was refused.
      if ((record.bits & SENDS_STAGED) !== 0 || isSameMistake(record)) return false
    }
    if (next === -1 || (operation >= HEAD && operation !== END && (record.bits & RESPONDED) !== 0)) {
      return refuse(response, record, operation, name)
    }
    if (this.judgesClose && operation !== END && isGone(response)) return refuse(response, record, operation, name)
    record.state = next
    if (operation >= HEAD && operation !== PIPE) this.#note(response, record, operation, name)
    return true
  }

  /** Remembers who sent the headers, and who took on the answer. */
  #note(response: GuardedResponse, record: ResponseRecord, operation: number, name: string): void {
    if (operation >= LAST) {
      if ((record.bits & RESPONDED) !== 0) return
      // `pipeline` pipes without ending, and then ends by itself: the answer is still the pipe's.
      if (operation === END && record.operation === 'pipe') record.bits |= RESPONDED
      else this.#settle(response, record, name)
      return
    }
    if ((record.bits & PIPING) !== 0 && operation === WRITE) this.#settlePipe(record)
    else if (record.operation === undefined) this.#mark(response, record, name)
    if (operation === WRITE) {
      record.bits |= STREAMING
      record.rare?.graceTimer?.refresh()
    }
  }

  #mark(response: GuardedResponse, record: ResponseRecord, name: string): void {
    const asyncId = currentAsyncId()
    const trace = this.judge.capture(response, record)
    record.operation = name
    if (trace !== undefined || record.rare !== undefined) record.trace = trace
    // Reading the clock costs more than all the rest: what is done where the request arrived is done when it arrived.
    if (trace !== undefined || asyncId !== record.asyncId) record.operationAt = now()
    record.asyncId = asyncId
  }

  #settle(response: GuardedResponse, record: ResponseRecord, name: string): void {
    if ((record.bits & SENDS_STAGED) !== 0) this.#markStaged(record, name)
    else this.#mark(response, record, name)
    record.bits |= RESPONDED
    setRespondedRun(record, currentRun(record))
  }

  /** The framework answers: the operation and its place are those of what the application has staged. */
  #markStaged(record: ResponseRecord, name: string): void {
    record.bits &= ~SENDS_STAGED
    const staged = this.judge.host.stagedAnswer?.(record)
    record.operation = staged?.operation ?? name
    record.trace = staged?.trace
    record.operationAt = staged?.at ?? now()
    record.asyncId = currentAsyncId()
  }

  /** A pipe's first byte: from now on it is the answer, and its place is the line that piped. */
  #settlePipe(record: ResponseRecord): void {
    const piped = record.rare?.piped
    if (piped === undefined || (record.bits & RESPONDED) !== 0) return
    record.operation = 'pipe'
    record.operationAt = piped.at
    record.trace = piped.trace
    record.bits |= RESPONDED
    record.asyncId = piped.asyncId
    setRespondedRun(record, piped.run)
  }

  /**
   * Whether the handler with this number is the one that responded. Where it responded later, when it was no longer on
   * the stack, it may have been somebody else, such as a timeout of an earlier handler: then the asynchronous context decides.
   */
  respondedIn(record: ResponseRecord, run: number): boolean {
    if ((record.bits & RESPONDED) === 0 || respondedRun(record) !== run) return false
    return (record.bits & IN_RUN) !== 0 || record.asyncId === currentAsyncId()
  }

  /** An answer failed before its headers were out: whoever handles the error may answer. */
  release(response: GuardedResponse, record: ResponseRecord): void {
    if (!isUnsent(response)) return
    record.bits &= ~(RESPONDED | AWAITS_FILE | AWAITS_VIEW | PIPING)
    record.operation = undefined
    record.trace = undefined
    if (record.state === FINISHED) record.state = HEADERS_SET
  }

  /** The framework has answered by itself, because nobody did. Its place is where control was last passed on. */
  frameworkAnswered(response: GuardedResponse, record: ResponseRecord, name: string): void {
    if ((record.bits & RESPONDED) !== 0 || record.operation !== undefined || !isHeadSent(response)) return
    this.#settle(response, record, name)
    record.trace = record.rare?.passed?.trace
    record.state = FINISHED
  }

  /** The framework begins to answer by itself, maybe later: for nobody's sake, and from no place of the application. */
  frameworkAnswers(response: GuardedResponse, record: ResponseRecord, name: string): void {
    this.#mark(response, record, name)
    record.trace = undefined
    record.bits |= RESPONDED
    setRespondedRun(record, 0)
  }

  /** The application takes the answer away from the framework. Nobody has answered by that. */
  hijack(response: GuardedResponse, record: ResponseRecord, name: string): void {
    record.bits |= HIJACKED
    if (record.operation === undefined) this.#mark(response, record, name)
  }

  /** What the table allows, and the framework does not: acts on the violation as the policy says. */
  refuse(response: GuardedResponse, record: ResponseRecord, operation: number, name: string): boolean {
    return refuse(response, record, operation, name)
  }

  /** A handler passes control on. */
  passes(response: GuardedResponse, record: ResponseRecord): Trace | undefined {
    const trace = this.judge.capture(response, record)
    if (trace !== undefined) record.rarely().passed = { at: now(), trace }
    return trace
  }

  /** A stream is piped into the response. Returns false where it must be taken off again. */
  pipe(response: GuardedResponse, record: ResponseRecord, source: NodeJS.EventEmitter & PipeSource): boolean {
    const run = currentRun(record)
    const asyncId = currentAsyncId()
    // A pipe that is begun inside a public call which has answered is that call going on.
    const awaited = (record.bits & AWAITS_FILE) !== 0 || (record.bits & ANSWERING) === ANSWERING
    const answers = (record.bits & (SENDS_STAGED | RESPONDED)) === SENDS_STAGED
    if (awaited || answers) {
      if (answers) this.#settle(response, record, 'pipe')
      record.bits = (record.bits & ~AWAITS_FILE) | PIPING
      const { trace, operationAt: at } = record
      record.rarely().piped = { source, trace, at, run, asyncId, byFramework: true }
      return true
    }
    const active = record.rare?.piped?.source
    if ((record.bits & PIPING) !== 0 && active !== undefined && active !== source && isActive(active)) {
      this.#settlePipe(record)
    }
    if (!this.allow(response, record, PIPE, 'pipe')) return false
    record.bits |= PIPING
    record.rarely().piped = { source, trace: this.judge.capture(response, record), at: now(), run, asyncId }
    return true
  }

  /** A stream was taken off the response, or has ended without ending it: the application may go on writing. */
  unpipe(record: ResponseRecord, source: unknown): void {
    const piped = record.rare?.piped
    if (piped?.source !== source || (record.bits & PIPING) === 0) return
    record.bits &= ~PIPING
    // What the framework pipes, it ends too.
    if (record.state !== FINISHED && piped?.byFramework !== true) record.bits &= ~RESPONDED
  }

  /** Node has handed the response over, or the connection is closed: told where somebody listens for that. */
  ended(response: GuardedResponse, record: ResponseRecord, completed: boolean): void {
    if ((record.bits & ENDING_TOLD) !== 0 || !finishedResponses.hasSubscribers) return
    record.bits |= ENDING_TOLD
    finishedResponses.publish({
      framework: this.judge.host.framework,
      method: response.req?.method ?? '',
      route: this.judge.host.routeOf(response, record),
      statusCode: wireStatus(response),
      outcome: completed ? 'completed' : 'aborted',
      respondedBy: this.judge.respondedBy(response, record),
      durationMs: millisecondsBetween(record.arrivedAt, now()),
    })
  }

  /** Stops looking after a response that the application has taken over. */
  forget(record: ResponseRecord): void {
    if (record.rare?.graceTimer !== undefined) clearTimeout(record.rare.graceTimer)
    if (record.rare !== undefined) record.rare.held = undefined
  }
}
