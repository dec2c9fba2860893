import { type Exemption, kindOfFingerprint, type Violation } from '@respond-once/core'

/** What is made of the violations in a log. */
export interface BaselineOptions {
  readonly action: Exemption['action']
  readonly reason: string
  readonly days: number
  /** Milliseconds since 1970. */
  readonly now: number
}

/** A policy that only exempts, and how many lines of the log it was made of. */
export interface Baseline {
  readonly policy: { readonly extends: readonly []; readonly exemptions: readonly Exemption[] }
  readonly violations: number
  readonly others: number
}

type Told = Pick<Violation, 'fingerprint' | 'kind' | 'method' | 'route'>

/** What a policy takes as the name of something. */
const isName = (value: unknown) => typeof value === 'string' && value !== '' && value.length <= 1000

/** A violation of which no part is missing: an exemption of half of one would stop the service that extends it. */
function isTold(value: unknown): value is Told {
  const { fingerprint, kind, code, method, route } = (value ?? {}) as Partial<Violation>
  if (typeof code !== 'string' || !code.startsWith('RESPOND_ONCE_')) return false
  if (typeof fingerprint !== 'string' || kind === undefined || kindOfFingerprint(fingerprint) !== kind) return false
  return isName(method) && (route === undefined || isName(route))
}

/** The violation in a line of a log: the line itself, or what a logger has put into one of its own. */
function toldIn(line: string): Told | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (isTold(value)) return value
  return typeof value === 'object' && value !== null ? Object.values(value).find(isTold) : undefined
}

const DAY_MS = 86_400_000

/** Makes exemptions, each with its day, of the violations in a log. */
export async function baselineOf(
  lines: AsyncIterable<string> | Iterable<string>,
  { action, reason, days, now }: BaselineOptions,
): Promise<Baseline> {
  const until = new Date(now + days * DAY_MS).toISOString().slice(0, 10) as Exemption['until']
  const exemptions = new Map<string, Exemption>()
  let [violations, others] = [0, 0]
  for await (const line of lines) {
    if (line.trim() === '') continue
    const told = toldIn(line)
    if (told === undefined) {
      others++
      continue
    }
    violations++
    const { fingerprint, kind, method, route } = told
    const where = route === undefined ? method : `${method} ${route}`
    exemptions.set(fingerprint, { fingerprint, action, until, reason: `${reason}: ${kind} on ${where}` })
  }
  return { policy: { extends: [], exemptions: [...exemptions.values()] }, violations, others }
}
