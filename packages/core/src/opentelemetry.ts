import { type Attributes, type Counter, type MeterProvider, metrics, trace } from '@opentelemetry/api'
import type { Reporter } from './options.ts'
import type { Violation } from './violation.ts'

export interface OpenTelemetryOptions {
  /** Where the counter is made. Default: the global one, at the first violation. */
  readonly meterProvider?: MeterProvider
}

/** Few values each: route patterns, never URLs. */
function attributesOf({ kind, cause, action, framework, method, route }: Violation): Attributes {
  return route === undefined
    ? { kind, cause, action, framework, method }
    : { kind, cause, action, framework, method, route }
}

/**
 * Counts violations as `respond_once.violations`, by kind, cause, action, framework, method and route, and adds an event to
 * the span that is active where one happens. It counts each of them, however many there are.
 */
export function openTelemetryReporter({ meterProvider }: OpenTelemetryOptions = {}): Reporter {
  let counter: Counter | undefined
  return {
    // Everything is told by `each`: a metric that misses some is none.
    report() {},
    each(violation) {
      counter ??= (meterProvider ?? metrics.getMeterProvider())
        .getMeter('respond-once')
        .createCounter('respond_once.violations', { description: 'Violations of the response lifecycle', unit: '1' })
      const attributes = attributesOf(violation)
      counter.add(1, attributes)
      trace.getActiveSpan()?.addEvent('respond_once.violation', {
        ...attributes,
        code: violation.code,
        message: violation.message,
        fingerprint: violation.fingerprint,
      })
    },
  }
}
