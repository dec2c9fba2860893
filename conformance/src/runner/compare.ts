import type { Framework } from '../frameworks/framework.ts'
import { expectedViolations } from '../scenarios/expected.ts'
import type { Faulty, Outcome, Place, Told } from '../scenarios/scenario.ts'
import { headerOf, textOf } from '../wire/exchange.ts'
import type { Observed } from './child-process.ts'
import type { ToldPlace, ToldViolation } from './messages.ts'
import type { ProgramSource } from './program-source.ts'

const shortened = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}… (${text.length})` : text)

/** A pattern that fits stands for the text, so that what was seen can be compared with what was expected. */
const fitted = (expected: string | RegExp, text: string): string | RegExp => {
  if (typeof expected === 'string') return expected === text ? expected : shortened(text)
  return expected.test(text) ? expected : shortened(text)
}

/** What was seen, told in the words of the expectation: equal to it when all is well. */
export const seenAs = (expected: Outcome, { exchange, alive, uncaught, notes }: Observed): Outcome => {
  const answer = exchange.answers.at(-1)
  const headers = Object.entries(expected.headers ?? {}).map(([name, value]) => {
    const text = headerOf(answer, name)
    return [name, text === undefined || value === null ? (text ?? null) : fitted(value, text)]
  })
  const seen: Outcome = {
    status: answer?.status ?? null,
    ...(expected.body === undefined ? {} : { body: answer ? fitted(expected.body, textOf(answer)) : '' }),
    ...(expected.headers ? { headers: Object.fromEntries(headers) } : {}),
    ending: exchange.ending,
    alive,
    ...(uncaught ? { uncaught: fitted(expected.uncaught ?? '', uncaught.code ?? uncaught.message) } : {}),
    notes,
  }
  return compared(expected, seen)
}

/** Only what is looked at: an absent status is not expected, an absent `uncaught` is. */
export const compared = (expected: Outcome, outcome: Outcome = expected): Outcome => {
  const left = new Set<string>([...(expected.open ?? []), 'open'])
  if (expected.status === undefined) left.add('status')
  if (expected.status === null || left.has('status')) for (const gone of ['body', 'headers']) left.add(gone)
  return Object.fromEntries(Object.entries(outcome).filter(([name]) => !left.has(name)))
}

const placeName = (told: ToldPlace | undefined, line: number | undefined, file: string, wanted: Place): string => {
  if (wanted === 'any') return 'any'
  const site = told?.site
  if (!site) return 'none'
  return site.file === file && site.line === line ? 'marked' : `${site.file}:${site.line}`
}

/** The violations, told in the words of the expectation. */
export const toldAs = (
  expected: readonly Told[],
  violations: readonly ToldViolation[],
  source: ProgramSource,
): Told[] =>
  violations.map(({ kind, cause, first, second }, index) => {
    const wanted = expected[index] ?? { kind: 'unexpected', first: 'marked', second: 'marked' }
    return {
      kind,
      ...('cause' in wanted || index >= expected.length ? { cause } : {}),
      first: placeName(first, source.first, source.file, wanted.first),
      second: placeName(second, source.second, source.file, wanted.second),
    } as Told
  })

/** What holds for every violation, whatever it is about; the list of what does not. */
export const flawsOf = (violation: ToldViolation, scenario: Faulty, framework: Framework): string[] => {
  const text = JSON.stringify(violation)
  const { method = 'GET' } = scenario.visit.asks[0] ?? {}
  const routed = framework.told !== 'node' && scenario.route !== undefined
  const checks: Readonly<Record<string, boolean>> = {
    [`code is ${violation.code}`]:
      violation.code === `RESPOND_ONCE_${violation.kind.toUpperCase().replaceAll('-', '_')}`,
    [`framework is ${violation.framework}`]: violation.framework === framework.told,
    [`method is ${violation.method}`]: violation.method === method,
    [`route is ${violation.route}`]: !routed || violation.route === scenario.route,
    [`message is ${violation.message}`]: violation.message.length > 0 && !violation.message.includes('\n'),
    'there is no hint': violation.hint.length > 0,
    'there is no fingerprint': violation.fingerprint.length > 0,
    [`a query string or body is told: ${text}`]: !text.includes('hush'),
    [`state is ${violation.state}`]: ['idle', 'headers-set', 'headers-sent', 'finished'].includes(violation.state),
  }
  return Object.entries(checks).flatMap(([flaw, right]) => (right ? [] : [flaw]))
}

export const toldKinds = (scenario: Faulty, framework: Framework): readonly string[] =>
  expectedViolations(scenario, framework).map(({ kind }) => kind)
