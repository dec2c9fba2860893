import { crashed, loggedError, lostBytes, passedLogin, silent, wholeAnswer, wrongLogStatus } from './facts.ts'
import { bodyText, type Observation } from './observe.ts'

export interface Finding {
  readonly mark: 'good' | 'fair' | 'bad'
  readonly text: string
  /** Two or three words for the overview; a finding without them is not worth a place there. */
  readonly short?: string
}

export interface Findings {
  readonly client: readonly Finding[]
  readonly process: readonly Finding[]
}

export function findingsOf(observation: Observation): Findings {
  return {
    client: [clientFinding(observation), ...connectionFindings(observation)],
    process: [
      ...reachedFindings(observation),
      processFinding(observation),
      ...reportFindings(observation),
      ...accessLogFindings(observation),
    ],
  }
}

function clientFinding(o: Observation): Finding {
  const { ending, status, error, afterMs } = o.answer
  const came = o.answer.body.length.toLocaleString('en')
  const seconds = `${(afterMs / 1_000).toFixed(1)} s`
  if (ending === 'complete') {
    const text = bodyText(o.answer)
    const body = text.length <= 60 ? text : `all ${text.length.toLocaleString('en')} bytes`
    if (status === 500) return { mark: 'bad', text: `${status} ${body}`, short: 'error instead of answer' }
    const finding: Finding = { mark: passedLogin(o) ? 'bad' : 'good', text: `${status} ${body}` }
    return passedLogin(o) && o.reached.length === 0 ? { ...finding, short: 'secret sent' } : finding
  }
  if (ending === 'none') return { mark: 'bad', text: `no answer: ${error}`, short: 'no answer' }
  if (ending === 'hung') {
    return {
      mark: 'bad',
      text: `${status ?? 'no status'}, ${came} bytes, and then nothing:\nstill waiting after ${seconds}`,
      short: 'hang',
    }
  }
  if (lostBytes(o)) {
    const whole = Number(o.answer.headers['content-length']).toLocaleString('en')
    return { mark: 'bad', text: `${status}, then ${error}:\n${came} of ${whole} bytes came`, short: 'answer cut' }
  }
  return { mark: 'fair', text: `${status}, ${came} bytes, ${error} after ${seconds}`, short: `cut after ${seconds}` }
}

function connectionFindings(o: Observation): Finding[] {
  if (!o.connectionClosed || crashed(o) || !wholeAnswer(o)) return []
  return [{ mark: 'fair', text: 'then its connection was closed', short: 'connection lost' }]
}

function reachedFindings({ reached }: Observation): Finding[] {
  return reached.map((handler) => ({ mark: 'bad', text: `${handler} ran`, short: 'login check bypassed' }))
}

function processFinding(o: Observation): Finding {
  const error = loggedError(o)
  const logged = `${error?.name ?? 'no error'}${error?.place ? `\nat ${error.place}` : ''}`
  if (crashed(o)) return { mark: 'bad', text: `crashed (${o.died}): ${logged}`, short: 'crash' }
  if (error) return { mark: 'fair', text: `alive, logged ${logged}` }
  if (silent(o)) return { mark: 'bad', text: 'alive, and nothing was logged', short: 'silence' }
  return { mark: 'good', text: 'alive' }
}

function reportFindings({ guarded, violations }: Observation): Finding[] {
  if (!guarded) return []
  if (violations.length === 0) return [{ mark: 'bad', text: 'the guard reported nothing', short: 'not reported' }]
  return violations.map(({ kind, action }) => ({ mark: 'good', text: `reported ${kind} (${action})` }))
}

function accessLogFindings(o: Observation): Finding[] {
  const status = wrongLogStatus(o)
  if (!status) return []
  return [{ mark: 'bad', text: `access log says ${status}, client got ${o.answer.status}`, short: 'wrong access log' }]
}

/** The worst of everything on one side, in a few words. */
export function verdictOf(o: Observation): Finding {
  const { client, process } = findingsOf(o)
  const findings = [...process, ...client].filter(({ short }) => short !== undefined)
  const mark = (['bad', 'fair'] as const).find((level) => findings.some((finding) => finding.mark === level))
  if (!mark) return { mark: 'good', text: 'whole answer, alive' }
  const worst = findings.filter((finding) => finding.mark === mark)
  return { mark, text: worst.map(({ short }) => short).join(', ') }
}
