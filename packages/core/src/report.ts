import { type Channel, channel } from 'node:diagnostics_channel'
import { placeOf } from './explain.ts'
import type { GuardOptions, Reporter } from './options.ts'
import type { OperationRecord, Violation } from './violation.ts'

/** Message: a {@link Violation}. */
const violations = channel('respond-once:violation')

/** Every finished response, healthy or not; published only if somebody listens. Durations in milliseconds. */
export interface FinishedResponse {
  readonly framework: Violation['framework']
  readonly method: string
  readonly route: string | undefined
  readonly statusCode: number
  readonly outcome: 'completed' | 'aborted'
  readonly respondedBy: OperationRecord | null
  readonly durationMs: number
}

/** Message: a {@link FinishedResponse}. */
export const finishedResponses: Channel = channel('respond-once:finished')

/** One JSON line for each violation, on stderr. */
export function jsonReporter(stream: { write(text: string): unknown } = process.stderr): Reporter {
  return { report: (violation) => void stream.write(`${JSON.stringify(violation)}\n`) }
}

/** Readable text for a terminal, on stderr. */
export function prettyReporter(stream: { write(text: string): unknown } = process.stderr): Reporter {
  return {
    report(violation) {
      const { message, first, second, hint, action, state } = violation
      const lines = [`respond-once: ${message}`]
      if (first !== undefined) lines.push(`  first   ${first.operation.padEnd(14)} ${placeOf(first.site)}`)
      if (second !== undefined) lines.push(`  second  ${second.operation.padEnd(14)} ${placeOf(second.site)}`)
      lines.push(`  fix     ${hint}`, `  done    ${action} (the response was ${state})`)
      stream.write(`${lines.join('\n')}\n`)
    },
  }
}

function defaultReporter(): Reporter {
  return process.env.NODE_ENV !== 'production' && process.stderr.isTTY ? prettyReporter() : jsonReporter()
}

/** Tells a violation to everybody who wants to know; what a listener throws never reaches the request. */
export class Announcer {
  readonly #listeners: readonly ((violation: Violation) => void)[]

  constructor({ reporters = [defaultReporter()], onViolation }: GuardOptions) {
    this.#listeners = [
      ...reporters.map((reporter) => (violation: Violation) => reporter.report(violation)),
      ...(onViolation === undefined ? [] : [onViolation]),
      (violation) => violations.publish(violation),
    ]
  }

  /** `log` is the request's own, where its framework has one. */
  announce(violation: Violation, log?: (violation: Violation) => void): void {
    for (const listen of log === undefined ? this.#listeners : [...this.#listeners, log]) {
      try {
        const result: unknown = listen(violation)
        // An async listener's rejection is its own, and must not end the process.
        if (result instanceof Promise) result.catch(warn)
      } catch (error) {
        warn(error)
      }
    }
  }
}

let warned = false

function warn(error: unknown): void {
  if (warned) return
  warned = true
  process.emitWarning(
    `A reporter of respond-once failed: ${error instanceof Error ? error.message : 'unknown error'}`,
    {
      code: 'RESPOND_ONCE_REPORTER_FAILED',
    },
  )
}
