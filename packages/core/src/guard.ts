import { Arming } from './arm.ts'
import { diagnose, type Moment } from './diagnose.ts'
import { type Draft, fingerprintOf, hintOf, messageOf } from './explain.ts'
import { atEndOfTurn } from './held.ts'
import type { GuardOptions } from './options.ts'
import { type CompiledPolicy, compilePolicy } from './policy.ts'
import {
  ABORTED,
  AWAITS_FILE,
  AWAITS_VIEW,
  COMPLETED,
  DETACHED,
  EXPLAINED,
  hangRecord,
  MEASURED,
  millisecondsBetween,
  now,
  PIPING,
  type PipeSource,
  RESPONDED,
  ResponseRecord,
  RUN_BITS,
  RUN_MASK,
  STREAMING,
} from './record.ts'
import { Announcer, finishedResponses } from './report.ts'
import {
  END,
  FINISHED,
  HEAD,
  HEADERS_SENT,
  INFORM,
  LAST,
  OPERATIONS,
  PIPE,
  type ResponseState,
  STATES,
  step,
  WRITE,
} from './state.ts'
import { watch } from './sweep.ts'
import { type Frame, framesOfError, siteOf, Trace } from './trace.ts'
import {
  type Action,
  BREACHES,
  type Cause,
  codeOf,
  type Framework,
  type OperationRecord,
  ResponseViolationError,
  type Violation,
  type ViolationKind,
} from './violation.ts'

/** How deep a stack is read: where something is captured in advance, and where a violation is told. */
const FIRST_DEPTH = 30
const SECOND_DEPTH = 60

/** What core must know of a response. `http.ServerResponse` and `http2.Http2ServerResponse` have it. */
export interface GuardedResponse {
  readonly headersSent: boolean
  readonly writableEnded: boolean
  readonly destroyed?: boolean
  readonly statusCode: number
  readonly req: { readonly method?: string; readonly complete?: boolean; readonly destroyed?: boolean }
  /** The HTTP/2 stream, where there is one. */
  readonly stream?: { readonly destroyed: boolean; close(code: number): void } | undefined
  readonly socket: { readonly destroyed: boolean; readonly bytesWritten: number; resetAndDestroy?(): void } | null
  readonly chunkedEncoding?: boolean
  hasHeader(name: string): boolean
  destroy(error?: Error): unknown
}

/** What an adapter tells core of its framework. */
export interface Host {
  readonly framework: Framework
  /** The route pattern of what runs now, mount paths included; undefined where none matched. */
  routeOf(response: GuardedResponse, record: ResponseRecord): string | undefined
  /** What adaptive tracing arms: equal for requests that take the same way. */
  placeOf(response: GuardedResponse, record: ResponseRecord): unknown
  /** A frame of the framework that calls handlers, or answers by itself. */
  isFramework(frame: Frame): boolean
  /** The public name of a response method of the framework (`res.set`), where the frame is one. */
  methodOf(frame: Frame): string | undefined
}

/** How a violation came about. */
interface Attempt {
  readonly kind: ViolationKind
  readonly first: Moment | undefined
  readonly second: Moment | undefined
  readonly cause: Cause
  readonly action: Exclude<Action, 'off'>
  readonly state: ResponseState
}

/** Errors that Node raises because of a second send; they are consequences. */
const SECOND_SEND = new Set([
  'ERR_HTTP_HEADERS_SENT',
  'ERR_HTTP2_HEADERS_SENT',
  'ERR_STREAM_WRITE_AFTER_END',
  'FST_ERR_REP_ALREADY_SENT',
])

function isConsequence(error: unknown): boolean {
  if (error instanceof ResponseViolationError) return true
  return error instanceof Error && SECOND_SEND.has((error as NodeJS.ErrnoException).code ?? '')
}

function nativeError(kind: ViolationKind): Error | undefined {
  if (kind === 'write-after-end')
    return Object.assign(new Error('write after end'), { code: 'ERR_STREAM_WRITE_AFTER_END' })
  if (kind !== 'double-response' && kind !== 'late-header') return undefined
  const message = 'Cannot set headers after they are sent to the client'
  return Object.assign(new Error(message), { code: 'ERR_HTTP_HEADERS_SENT' })
}

/** The innermost function below the application's that Node calls from a timer or an event: nobody could catch a throw. */
function hasCaller(frames: readonly Frame[], host: Host): boolean {
  const sync = frames.filter(({ isAsync }) => !isAsync)
  if (sync.some((frame) => host.isFramework(frame)) || frames.length !== sync.length) return true
  const last = sync.findLastIndex(({ owner }) => owner === 'application' || owner === 'package' || owner === 'guard')
  const below = sync[last + 1]
  return (
    below === undefined ||
    sync[last]?.owner === 'guard' ||
    /(processTicksAndRejections|runNextTicks)$/.test(below.functionName ?? '')
  )
}

/** The connection was lost before the response ended. */
function isGone(response: GuardedResponse): boolean {
  return (response.destroyed ?? response.stream?.destroyed ?? false) && !response.writableEnded
}

/** The status on the wire where it is out: a late assignment may have changed the property since. */
function wireStatus(response: GuardedResponse): number {
  const header = (response as { _header?: unknown })._header
  const sent = typeof header === 'string' ? /^HTTP\/1\.\d (\d{3})/.exec(header)?.[1] : undefined
  return sent === undefined ? response.statusCode : Number(sent)
}

/** One guard for one installation: the policy, and the judge of its responses. */
export class Guard {
  readonly host: Host
  readonly policy: CompiledPolicy
  readonly #announcer: Announcer
  readonly #arming: Arming
  readonly #judgesBodies: boolean
  readonly #judgesClose: boolean
  readonly #waits: boolean

  constructor(host: Host, options: GuardOptions) {
    this.host = host
    this.policy = compilePolicy(options.policy ?? 'protect')
    this.#announcer = new Announcer(options)
    this.#arming = new Arming(options.trace ?? (process.env['NODE_ENV'] === 'production' ? 'adaptive' : 'always'))
    this.#judgesBodies = this.policy.watches('body-not-allowed')
    this.#judgesClose = this.policy.watches('response-after-close')
    this.#waits = this.policy.watches('no-response') || this.policy.idleMs !== undefined
  }

  /** Begins to follow a response. */
  attach(response: GuardedResponse): ResponseRecord {
    const record = new ResponseRecord(this)
    hangRecord(response, record)
    if (this.#waits) this.#wait(response, record)
    return record
  }

  /** The state now, as a number. What happened behind the guard's back is read off Node's own flags. */
  observe(response: GuardedResponse, record: ResponseRecord): number {
    if (record.state !== FINISHED) {
      if (response.writableEnded || isGone(response)) record.state = FINISHED
      else if (record.state < HEADERS_SENT && response.headersSent) record.state = HEADERS_SENT
    }
    return record.state
  }

  /**
   * The one door: may the application do this now? Moves the state, or acts on the violation as the policy says.
   * @throws {ResponseViolationError} where the policy says `throw`.
   */
  allow(response: GuardedResponse, record: ResponseRecord, operation: number, name: string): boolean {
    if (record.state < HEADERS_SENT && response.headersSent) record.state = HEADERS_SENT
    const next = step(record.state, operation)
    if (next === -1 || (operation >= HEAD && operation !== END && (record.bits & RESPONDED) !== 0)) {
      return this.#refuse(response, record, operation, name)
    }
    if (this.#judgesClose && operation !== END && isGone(response))
      return this.#refuse(response, record, operation, name)
    record.state = next
    if (operation >= HEAD) this.#note(response, record, operation, name)
    return true
  }

  /** Remembers who sent the headers, and who took on the answer. */
  #note(response: GuardedResponse, record: ResponseRecord, operation: number, name: string): void {
    if (operation === PIPE) return
    if (operation >= LAST) {
      if ((record.bits & RESPONDED) !== 0) return
      this.#settle(response, record, name)
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
    record.operation = name
    record.operationAt = now()
    record.trace = this.capture(response, record)
  }

  #settle(response: GuardedResponse, record: ResponseRecord, name: string): void {
    this.#mark(response, record, name)
    record.bits |= RESPONDED
    record.run = (record.run & RUN_MASK) | ((record.run & RUN_MASK) << RUN_BITS)
  }

  /** A pipe's first byte: from now on it is the answer, and its place is the line that piped. */
  #settlePipe(record: ResponseRecord): void {
    const piped = record.rare?.piped
    if (piped === undefined || (record.bits & RESPONDED) !== 0) return
    record.operation = 'pipe'
    record.operationAt = piped.at
    record.trace = piped.trace
    record.bits |= RESPONDED
  }

  /** Whether the handler that runs as number `run` is the one that responded. */
  respondedIn(record: ResponseRecord, run: number): boolean {
    return (record.bits & RESPONDED) !== 0 && record.run >>> RUN_BITS === run
  }

  /** The stack, where tracing says so. */
  capture(response: GuardedResponse, record: ResponseRecord): Trace | undefined {
    if (this.#arming.idle) return undefined
    return this.#arming.captures(this.host.placeOf(response, record)) ? new Trace(FIRST_DEPTH) : undefined
  }

  /** An answer failed before its headers were out: whoever handles the error may answer. */
  release(response: GuardedResponse, record: ResponseRecord): void {
    if (response.headersSent || response.writableEnded) return
    record.bits &= ~(RESPONDED | AWAITS_FILE | AWAITS_VIEW | PIPING)
    record.operation = undefined
    record.trace = undefined
    if (record.state === FINISHED) record.state = 1
  }

  /** The framework has answered by itself, because nobody did. Its place is where control was last passed on. */
  frameworkAnswered(response: GuardedResponse, record: ResponseRecord, name: string): void {
    if ((record.bits & RESPONDED) !== 0 || record.operation !== undefined || !response.headersSent) return
    this.#settle(response, record, name)
    record.trace = record.rare?.passed?.trace
    record.state = FINISHED
  }

  /** A handler passes control on. */
  passes(response: GuardedResponse, record: ResponseRecord): Trace | undefined {
    const trace = this.capture(response, record)
    if (trace !== undefined) record.rarely().passed = { at: now(), trace }
    return trace
  }

  /** A stream is piped into the response. Returns false where it must be taken off again. */
  pipe(response: GuardedResponse, record: ResponseRecord, source: NodeJS.EventEmitter & PipeSource): boolean {
    if ((record.bits & AWAITS_FILE) !== 0) {
      record.bits = (record.bits & ~AWAITS_FILE) | PIPING
      record.rarely().piped = { source, trace: record.trace, at: record.operationAt }
      return true
    }
    const active = record.rare?.piped?.source
    if ((record.bits & PIPING) !== 0 && active !== undefined && active !== source && isActive(active)) {
      this.#settlePipe(record)
    }
    if (!this.allow(response, record, PIPE, 'pipe')) return false
    record.bits |= PIPING
    record.rarely().piped = { source, trace: this.capture(response, record), at: now() }
    return true
  }

  /** A stream was taken off the response, or has ended without ending it: the application may go on writing. */
  unpipe(record: ResponseRecord, source: unknown): void {
    if (record.rare?.piped?.source !== source || (record.bits & PIPING) === 0) return
    record.bits &= ~PIPING
    if (record.state !== FINISHED) record.bits &= ~RESPONDED
  }

  /** The operation that took on the answer; null while nobody has. */
  respondedBy(response: GuardedResponse, record: ResponseRecord): OperationRecord | null {
    if ((record.bits & RESPONDED) === 0) return null
    const moment = this.#firstMoment(response, record)
    return moment === undefined ? null : this.#toRecord(record, moment)
  }

  #firstMoment(response: GuardedResponse, record: ResponseRecord): Moment | undefined {
    if (record.operation === undefined) return undefined
    const { operation, operationAt: at, trace } = record
    return { operation, at, statusCode: wireStatus(response), trace, frames: trace?.frames ?? [] }
  }

  #toRecord(record: ResponseRecord, { operation, at, statusCode, frames }: Moment): OperationRecord {
    const atMs = millisecondsBetween(record.arrivedAt, at)
    const site = siteOf(frames)
    return statusCode === undefined ? { operation, site, atMs } : { operation, site, atMs, statusCode }
  }

  /** Who called: the outermost public call, and whether the application, the framework or Node made it. */
  #callerOf(frames: readonly Frame[]): {
    readonly method: string | undefined
    readonly by: 'application' | 'framework' | 'node'
  } {
    let method: string | undefined
    for (const frame of frames) {
      if (frame.owner === 'node' || frame.owner === 'guard') continue
      const name = this.host.methodOf(frame)
      if (name === undefined) return { method, by: this.host.isFramework(frame) ? 'framework' : 'application' }
      method = name
    }
    return { method, by: method === undefined ? 'node' : 'framework' }
  }

  /** Called where the table has no cell. Returns whether the operation is performed all the same. */
  #refuse(response: GuardedResponse, record: ResponseRecord, operation: number, name: string): boolean {
    if ((record.bits & PIPING) !== 0) {
      if (operation === WRITE && record.state !== FINISHED) return true
      const source = record.rare?.piped?.source
      if (source !== undefined && !isActive(source) && record.state < FINISHED) {
        this.unpipe(record, source)
        if (!response.headersSent) this.release(response, record)
        return this.allow(response, record, operation, name)
      }
    }
    const gone = isGone(response)
    const trace = new Trace(SECOND_DEPTH)
    const { method, by } = this.#callerOf(trace.frames)
    const state = STATES[this.observe(response, record)] as ResponseState
    const second = this.#secondMoment(record, method ?? name, trace, by === 'node')
    const kind = gone ? 'response-after-close' : kindOf(operation, state)
    const told = record.rare?.toldTurn === trace.turn && record.rare.toldAsyncId === trace.asyncId
    if (told || by === 'framework' || (record.bits & EXPLAINED) !== 0) return this.#actInSilence(response, record, kind)
    const attempt = this.#attempt(response, record, kind, this.#firstMoment(response, record), second, gone, state)
    if (attempt === undefined) return true
    if (this.#holds(attempt, operation)) {
      this.#hold(response, record, attempt)
      return attempt.action === 'report'
    }
    return this.#act(response, record, attempt, trace)
  }

  /** What writes for a pipe has no frame of the application: its place is the line that piped. */
  #secondMoment(record: ResponseRecord, operation: string, trace: Trace, byNode: boolean): Moment {
    const piped = record.rare?.piped
    if (byNode && piped !== undefined && siteOf(trace.frames) === undefined) {
      return { operation: 'pipe', at: now(), trace, frames: piped.trace?.frames ?? trace.frames, delivered: true }
    }
    return { operation, at: now(), trace, frames: trace.frames }
  }

  /** Finds the cause, and asks the policy; undefined where the rule is off. */
  #attempt(
    response: GuardedResponse,
    record: ResponseRecord,
    kind: ViolationKind,
    first: Moment | undefined,
    second: Moment | undefined,
    gone = false,
    state = STATES[this.observe(response, record)] as ResponseState,
  ): Attempt | undefined {
    if (!this.policy.watches(kind)) return undefined
    const passedOn = (record.bits & RESPONDED) !== 0 && record.run >>> RUN_BITS !== (record.run & RUN_MASK)
    const cause = diagnose({ kind, first, second, gone, passedOn, isRouter: (frame) => this.host.isFramework(frame) })
    const action = this.policy.decide(kind, cause)
    return action === 'off' ? undefined : { kind, first, second, cause, action, state }
  }

  /** A late status or header may be the beginning of a second answer: it waits for the end of its turn. */
  #holds({ kind, action }: Attempt, operation: number): boolean {
    if (kind === 'late-status') return true
    return kind === 'late-header' && (action === 'suppress' || (action === 'report' && operation === INFORM))
  }

  #hold(response: GuardedResponse, record: ResponseRecord, attempt: Attempt): void {
    const rare = record.rarely()
    if (rare.held !== undefined) return
    const told = attempt.action === 'throw' ? { ...attempt, action: 'report' as const } : attempt
    rare.held = this.#compose(response, record, told)
    atEndOfTurn(() => {
      const { held } = rare
      rare.held = undefined
      if (held !== undefined) this.#publish(response, record, held)
    })
  }

  #act(response: GuardedResponse, record: ResponseRecord, attempt: Attempt, trace: Trace): boolean {
    const action = attempt.action === 'throw' && !hasCaller(trace.frames, this.host) ? 'report' : attempt.action
    const violation = this.tell(response, record, { ...attempt, action }, trace)
    if (action === 'report') return true
    this.#protectFirst(response, record, trace)
    if (action === 'suppress') return false
    throw new ResponseViolationError(violation, response.headersSent ? nativeError(attempt.kind) : undefined)
  }

  /** A consequence, or the rest of a mistake that was told: its rule's action applies, nothing is told. */
  #actInSilence(response: GuardedResponse, record: ResponseRecord, kind: ViolationKind): boolean {
    const action = this.policy.decide(kind, 'unknown')
    if (action === 'off' || action === 'report') return true
    this.#protectFirst(response, record, undefined)
    if (action === 'suppress' || kind === 'late-status') return false
    throw nativeError(kind) ?? new Error(kind)
  }

  /** A refused answer leaves nothing behind: what it staged is undone, and a partial first body does not hang for ever. */
  #protectFirst(response: GuardedResponse, record: ResponseRecord, trace: Trace | undefined): void {
    const { rare } = record
    if (rare !== undefined && rare.staged.length > 0) {
      const { turn } = trace ?? new Trace(0)
      const staged = rare.staged.filter((one) => one.turn === turn).reverse()
      rare.staged = []
      for (const one of staged) one.undo()
    }
    if ((record.bits & RESPONDED) === 0 && response.headersSent) this.#armGrace(response, record)
  }

  #compose(response: GuardedResponse, record: ResponseRecord, attempt: Attempt): Violation {
    const { kind, first, second, cause, action, state } = attempt
    const draft: Draft = {
      kind,
      action,
      cause,
      framework: this.host.framework,
      method: response.req?.method ?? '',
      route: this.host.routeOf(response, record),
      state,
      first: first && this.#toRecord(record, first),
      second: second && this.#toRecord(record, second),
    }
    return {
      ...draft,
      code: codeOf(kind),
      message: messageOf(draft),
      hint: hintOf(draft),
      fingerprint: fingerprintOf(draft),
    }
  }

  #publish(response: GuardedResponse, record: ResponseRecord, violation: Violation): void {
    this.#arming.arm(this.host.placeOf(response, record))
    this.#announcer.announce(violation)
  }

  /** Tells a violation at once. What waited for the end of the turn is explained by it. */
  tell(response: GuardedResponse, record: ResponseRecord, attempt: Attempt, trace: Trace): Violation {
    const rare = record.rarely()
    rare.held = undefined
    rare.toldTurn = trace.turn
    rare.toldAsyncId = trace.asyncId
    const violation = this.#compose(response, record, attempt)
    this.#publish(response, record, violation)
    return violation
  }

  /**
   * A handler passed control on where it may not: the caller does as the action returned says. `off` where nothing is
   * wrong, or the rule is off.
   */
  passedOn(
    response: GuardedResponse,
    record: ResponseRecord,
    kind: 'next-after-response' | 'next-called-twice',
    firstPass: Trace | undefined,
    error: unknown,
  ): Action {
    if ((record.bits & DETACHED) !== 0 || isGone(response) || isConsequence(error)) return 'off'
    const trace = new Trace(SECOND_DEPTH)
    if (
      trace.frames.find(({ owner }) => owner === 'package' || owner === 'application')?.packageName?.includes('timeout')
    )
      return 'off'
    const thrown = error !== undefined && this.#callerOf(trace.frames).by === 'framework'
    const frames = thrown ? framesOfError(error) : trace.frames
    const second: Moment = { operation: thrown ? 'throw' : 'next', at: now(), trace, frames }
    const first =
      kind === 'next-after-response'
        ? this.#firstMoment(response, record)
        : firstPass && {
            operation: 'next',
            at: record.rare?.passed?.at ?? now(),
            trace: firstPass,
            frames: firstPass.frames,
          }
    const attempt = this.#attempt(response, record, kind, first, second)
    if (attempt === undefined) return 'off'
    const mild = error !== undefined || (attempt.action === 'throw' && !hasCaller(trace.frames, this.host))
    const action = mild ? 'report' : attempt.action
    if ((record.bits & EXPLAINED) !== 0) return action === 'throw' ? 'suppress' : action
    record.bits |= EXPLAINED
    const violation = this.tell(response, record, { ...attempt, action }, trace)
    if (action === 'throw') throw new ResponseViolationError(violation)
    return action
  }

  readonly #toldErrors = new WeakMap<object, Action>()

  /**
   * A handler failed: after it had responded, or with a body half sent.
   * Returns the action for an error after the response; `off` where the error goes its way.
   */
  failed(response: GuardedResponse, record: ResponseRecord, error: unknown, run: number): Action {
    if ((record.bits & (DETACHED | EXPLAINED)) !== 0 || isGone(response) || isConsequence(error)) return 'off'
    const known = typeof error === 'object' && error !== null ? this.#toldErrors.get(error) : undefined
    if (known !== undefined) return known
    const after = this.respondedIn(record, run)
    const partial = (record.bits & RESPONDED) === 0 && this.observe(response, record) === HEADERS_SENT
    if (!after && !partial) return 'off'
    const second = this.#failure(error)
    if (partial) {
      this.#broken(response, record, second)
      return 'off'
    }
    const attempt = this.#attempt(response, record, 'error-after-response', this.#firstMoment(response, record), second)
    if (attempt === undefined) return 'off'
    const action = attempt.action === 'throw' ? 'report' : attempt.action
    if (typeof error === 'object' && error !== null) this.#toldErrors.set(error, action)
    record.bits |= EXPLAINED
    this.tell(response, record, { ...attempt, action }, second.trace as Trace)
    return action
  }

  /** Whether a failure of this response was told and goes no further than its error handlers. */
  swallows(error: unknown): boolean {
    return typeof error === 'object' && error !== null && this.#toldErrors.get(error) === 'suppress'
  }

  /** The place of an error is where it was thrown; where its stack has none of ours, the line that passed it on. */
  #failure(error: unknown): Moment {
    const trace = new Trace(SECOND_DEPTH)
    const frames = framesOfError(error)
    const thrown = siteOf(frames) !== undefined
    const operation = this.#callerOf(trace.frames).by === 'application' ? 'next' : 'throw'
    return { operation, at: now(), trace, frames: thrown ? frames : trace.frames }
  }

  /** The stream that is piped into the response failed, or was destroyed before its end. */
  sourceFailed(response: GuardedResponse, record: ResponseRecord, error: unknown): void {
    if ((record.bits & DETACHED) !== 0 || isGone(response) || response.writableEnded) return
    if (!response.headersSent) {
      this.release(response, record)
      return
    }
    const piped = record.rare?.piped
    const failure = this.#failure(error)
    const frames = siteOf(failure.frames) === undefined ? (piped?.trace?.frames ?? []) : failure.frames
    record.bits &= ~(PIPING | RESPONDED)
    this.#broken(response, record, { ...failure, operation: 'pipe', frames })
  }

  /** The response is destroyed with its body half sent. */
  destroyed(response: GuardedResponse, record: ResponseRecord, error: unknown): void {
    if ((record.bits & DETACHED) !== 0 || !response.headersSent || response.writableEnded || isGone(response)) return
    if (record.rare?.cut === true || response.socket?.destroyed === true || response.req?.destroyed === true) return
    const trace = new Trace(SECOND_DEPTH)
    const frames = framesOfError(error)
    const second = this.#secondMoment(record, 'res.destroy', trace, true)
    this.#broken(response, record, siteOf(frames) === undefined ? second : { ...second, frames })
  }

  /** The routers have run out, and nobody is left to finish a partial body. */
  abandoned(response: GuardedResponse, record: ResponseRecord): void {
    if ((record.bits & (DETACHED | RESPONDED | PIPING)) !== 0 || isGone(response)) return
    if (this.observe(response, record) !== HEADERS_SENT) return
    const passed = record.rare?.passed
    const trace = passed?.trace
    this.#broken(response, record, { operation: 'next', at: passed?.at ?? now(), trace, frames: trace?.frames ?? [] })
  }

  #broken(response: GuardedResponse, record: ResponseRecord, second: Moment): void {
    const first = this.#firstMoment(response, record)
    const attempt = this.#attempt(response, record, 'truncated-response', first, second)
    if (attempt === undefined || record.rare?.broken === true) return
    record.rarely().broken = true
    const trace = new Trace(0)
    const toldBefore = record.rare?.toldTurn
    atEndOfTurn(() => {
      const explained = record.rare?.toldTurn !== toldBefore
      if (response.writableEnded || explained) return
      this.tell(response, record, attempt.action === 'throw' ? { ...attempt, action: 'report' } : attempt, trace)
      if (attempt.action === 'suppress') this.#armGrace(response, record)
    })
  }

  /** Cuts the connection when nothing more is written for a while, so that the client sees a failure and never hangs. */
  #armGrace(response: GuardedResponse, record: ResponseRecord): void {
    if (this.policy.decide('truncated-response', 'unknown') !== 'suppress' || isGone(response)) return
    const rare = record.rarely()
    if (rare.graceTimer !== undefined) return
    record.bits &= ~STREAMING
    rare.graceTimer = setTimeout(() => {
      if (response.writableEnded || isGone(response)) return
      rare.cut = true
      cut(response)
    }, this.policy.graceMs).unref()
  }

  /** A body is handed over with a status that has none. */
  judgeBody(response: GuardedResponse, record: ResponseRecord, name: string): void {
    if (!this.#judgesBodies) return
    const { statusCode } = response
    if ((statusCode !== 204 && statusCode !== 304) || response.req?.method === 'HEAD') return
    const trace = new Trace(SECOND_DEPTH)
    const second: Moment = { operation: name, at: now(), statusCode, trace, frames: trace.frames }
    const attempt = this.#attempt(response, record, 'body-not-allowed', undefined, second)
    if (attempt !== undefined) this.tell(response, record, { ...attempt, action: 'report' }, trace)
  }

  /** A Content-Length is set by hand: where it is said how long the body will be. */
  declares(response: GuardedResponse, record: ResponseRecord, operation: string): void {
    record.bits |= MEASURED
    const trace = this.capture(response, record)
    if (trace !== undefined) record.rarely().declared = { operation, at: now(), trace, frames: trace.frames }
  }

  /** The body was ended: do its bytes fit the Content-Length? */
  judgeLength(response: GuardedResponse, record: ResponseRecord, declared: number, written: number): void {
    if (declared === written || response.req?.method === 'HEAD' || isGone(response)) return
    const { statusCode } = response
    if (statusCode === 204 || statusCode === 304 || statusCode < 200) return
    const trace = new Trace(SECOND_DEPTH)
    const second: Moment = { operation: record.operation ?? 'res.end', at: now(), trace, frames: trace.frames }
    const first = record.rare?.declared ?? this.#firstMoment(response, record)
    const attempt = this.#attempt(response, record, 'length-mismatch', first, second)
    if (attempt !== undefined) this.tell(response, record, { ...attempt, action: 'report' }, trace)
  }

  /** Node has handed the response over, or the connection is closed. */
  settled(response: GuardedResponse, record: ResponseRecord, completed: boolean): void {
    if ((record.bits & (COMPLETED | ABORTED)) !== 0) return
    record.bits |= completed ? COMPLETED : ABORTED
    record.state = FINISHED
    if (record.rare?.graceTimer !== undefined) clearTimeout(record.rare.graceTimer)
    if (finishedResponses.hasSubscribers) {
      finishedResponses.publish({
        framework: this.host.framework,
        method: response.req?.method ?? '',
        route: this.host.routeOf(response, record),
        statusCode: wireStatus(response),
        outcome: completed ? 'completed' : 'aborted',
        respondedBy: this.respondedBy(response, record),
        durationMs: millisecondsBetween(record.arrivedAt, now()),
      })
    }
  }

  /** Stops looking after a response that the application has taken over. */
  forget(record: ResponseRecord): void {
    if (record.rare?.graceTimer !== undefined) clearTimeout(record.rare.graceTimer)
    if (record.rare !== undefined) record.rare.held = undefined
  }

  #wait(response: GuardedResponse, record: ResponseRecord): void {
    const { afterMs, idleMs } = this.policy
    const noResponse = this.policy.watches('no-response')
    let readAt: number | undefined
    let changedAt = performance.now()
    let bytes = -1
    watch({
      everyMs: Math.max(10, Math.min(1000, Math.min(noResponse ? afterMs : Infinity, idleMs ?? Infinity) / 5)),
      look: (time) => {
        if ((record.bits & (DETACHED | COMPLETED | ABORTED)) !== 0 || response.writableEnded || isGone(response))
          return false
        if (this.observe(response, record) < HEADERS_SENT && (record.bits & RESPONDED) === 0) {
          if (!noResponse) return true
          if (response.req?.complete === true) readAt ??= time
          if (readAt === undefined || time - readAt < afterMs) return true
          this.#neverAnswered(response, record)
          return false
        }
        if (idleMs === undefined) return false
        const written = response.socket?.bytesWritten ?? 0
        if (written !== bytes) {
          bytes = written
          changedAt = time
        }
        if (time - changedAt < idleMs) return true
        this.#broken(response, record, { operation: 'idle', at: now(), trace: undefined, frames: [] })
        return false
      },
    })
  }

  #neverAnswered(response: GuardedResponse, record: ResponseRecord): void {
    const attempt = this.#attempt(response, record, 'no-response', undefined, undefined)
    if (attempt !== undefined) this.tell(response, record, { ...attempt, action: 'report' }, new Trace(0))
  }
}

function kindOf(operation: number, state: ResponseState): ViolationKind {
  if (operation === WRITE && state !== 'finished') return 'double-response'
  return BREACHES[OPERATIONS[operation] as keyof typeof BREACHES] ?? 'double-response'
}

/** Whether a piped stream may still deliver. */
function isActive(source: PipeSource): boolean {
  return source.readableEnded !== true && source.destroyed !== true && source.errored == null
}

/** The client must see a failure: where only the connection's end marks the body's, a reset does. */
function cut(response: GuardedResponse): void {
  if (response.stream !== undefined) response.stream.close(2)
  else if (response.chunkedEncoding === true || response.hasHeader('content-length')) response.destroy()
  else if (response.socket?.resetAndDestroy !== undefined) response.socket.resetAndDestroy()
  else response.destroy()
}
