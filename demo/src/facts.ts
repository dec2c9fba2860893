import { relative } from 'node:path'
import { ROOT } from './child.ts'
import { bodyText, type Observation } from './observe.ts'

/*
 * Yes-or-no questions about what was observed. Whatever is shown or counted is decided here, from facts.
 */

export const crashed = ({ died }: Observation): boolean => died !== undefined

export const wholeAnswer = ({ answer }: Observation): boolean => answer.ending === 'complete'

/** Bytes were lost that the handler had handed over: a body of known length, or headers that never came. */
export const lostBytes = ({ answer }: Observation): boolean =>
  answer.ending === 'none' || (answer.ending === 'cut' && answer.headers['content-length'] !== undefined)

export const hung = ({ answer }: Observation): boolean => answer.ending === 'hung'

/** Code behind a login check was executed, or its secret was sent. */
export const passedLogin = ({ reached, answer }: Observation): boolean =>
  reached.length > 0 || bodyText(answer).includes('"secret"')

/** The status that the access log names, where it is not the one that the client got. */
export function wrongLogStatus({ stdout, answer }: Observation): string | undefined {
  const logged = /^[A-Z]+ \S+ (\d{3})$/m.exec(stdout)?.[1]
  return logged === undefined || logged === String(answer.status) ? undefined : logged
}

/** The error that the process logged: its code or message, and the first place in the service that it names. */
export function loggedError({ stderr }: Observation): { readonly name: string; readonly place?: string } | undefined {
  const message = /^.*\b(?:\w*Error|(?:FST_)?ERR_\w+)\b.*$/m.exec(stderr)?.[0]
  if (message === undefined) return undefined
  const name = /\b((?:FST_)?ERR_\w+)\b/.exec(stderr)?.[1] ?? message.trim()
  const place = [...stderr.matchAll(/\(?((?:file:\/\/)?\/[^\s()]+):(\d+):\d+\)?(?= \{$|$)/gm)].find(
    ([, file = '']) => file.includes(ROOT) && !file.includes('node_modules'),
  )
  const [, file = '', line = ''] = place ?? []
  return place ? { name, place: `${shortPath(file.replace('file://', ''))}:${line}` } : { name }
}

/** Neither a crash nor a log line nor a violation: the mistake left no trace. */
export const silent = (o: Observation): boolean => !crashed(o) && !loggedError(o) && o.violations.length === 0

export const namesBothPlaces = ({ violations }: Observation): boolean =>
  violations.some(({ first, second }) => first?.site && second?.site)

export function shortPath(file: string): string {
  return relative(ROOT, file)
}
