import { printable } from './explain.ts'
import type { Repeats, Reporter } from './options.ts'
import type { Violation } from './violation.ts'

/** What is told of a violation, and of those since, as one object. */
function told(violation: Violation, repeats: Repeats | undefined): Violation & { readonly repeats?: Repeats } {
  return repeats === undefined ? violation : { ...violation, repeats }
}

/** One JSON line for each violation, by default on stderr. A line that stands for several has `repeats`. */
export function jsonReporter(stream: { write(text: string): unknown } = process.stderr): Reporter {
  return {
    // JSON leaves characters as they are with which a line could write elsewhere on a terminal.
    report: (violation, repeats) => void stream.write(`${printable(JSON.stringify(told(violation, repeats)))}\n`),
  }
}

/** What a line says that stands for several. */
function since(repeats: Repeats | undefined): string {
  return repeats === undefined ? '' : `; ${repeats.count} more since the last report`
}

type Log = (this: unknown, ...args: never[]) => unknown

/** Any logger with methods called like its levels: pino, bunyan, winston, the console. */
export type Logger = { readonly [level in 'info' | 'warn' | 'error']?: Log }

export interface LoggerOptions {
  /** At which level violations are logged. Default `warn`. */
  readonly level?: 'info' | 'warn' | 'error'
  /** Whether the logger takes an object first and the message second. Found out for pino and bunyan. */
  readonly objectFirst?: boolean
}

/** pino has bindings, bunyan fields; everybody else takes the message first. */
function takesObjectFirst(logger: object): boolean {
  return 'bindings' in logger || 'fields' in logger
}

/** Writes to a logger: the one-line message, and the violation as `{ violation }`. */
export function loggerReporter(logger: Logger, options: LoggerOptions = {}): Reporter {
  const { level = 'warn', objectFirst = takesObjectFirst(logger) } = options
  if (typeof logger[level] !== 'function') throw new TypeError(`loggerReporter needs a logger with the method ${level}`)
  return {
    report(violation, repeats) {
      const message = `${violation.message}${since(repeats)}`
      const merged = { violation: told(violation, repeats) }
      const log = logger[level] as (...args: unknown[]) => unknown
      if (objectFirst) log.call(logger, merged, message)
      else log.call(logger, message, merged)
    },
  }
}

/** Warnings of the process, with the code of the kind: `node --trace-warnings`, `process.on('warning')`. */
export function warningReporter(): Reporter {
  return {
    report(violation, repeats) {
      const { message, code, hint } = violation
      process.emitWarning(`${message}${since(repeats)}`, { type: 'ResponseViolation', code, detail: hint })
    },
  }
}
