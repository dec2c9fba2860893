import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import { setTimeout as pause } from 'node:timers/promises'
import type { Ask, Visit } from '../scenarios/scenario.ts'
import { type Answer, type Exchange, endingOf, type Header } from './exchange.ts'
import { Patience, type Settle } from './patience.ts'

interface Heard {
  readonly answer: Answer | undefined
  readonly informational: readonly Pick<Answer, 'status' | 'headers'>[]
  readonly gone: boolean
}

const headerList = (raw: readonly string[]): Header[] =>
  Array.from({ length: raw.length / 2 }, (_, index): Header => [raw[index * 2] ?? '', raw[index * 2 + 1] ?? '']).map(
    ([name, value]) => (name === 'date' ? [name, '<now>'] : [name, value]),
  )

const statusIn = (headers: readonly Header[]): number => Number(headers.find(([name]) => name === ':status')?.[1] ?? 0)

const listen = (
  stream: ClientHttp2Stream,
  { patienceMs = 350, leaveAfterMs }: Visit,
  settle: Settle,
  asked: Promise<void>,
): Promise<Heard> =>
  new Promise((resolve) => {
    const informational: Pick<Answer, 'status' | 'headers'>[] = []
    const chunks: Buffer[] = []
    let headers: Header[] = []
    let trailers: Header[] = []
    let whole = false
    const finish = (gone: boolean) => {
      patience?.end()
      const status = statusIn(headers)
      const answer = status ? { status, reason: '', headers, body: Buffer.concat(chunks), trailers, whole } : undefined
      resolve({ answer, informational, gone })
    }
    // Who leaves does not wait for an answer.
    const patience = leaveAfterMs === undefined ? new Patience(patienceMs, settle, () => finish(false)) : undefined
    const onHeaders = (_headers: unknown, _flags: number, raw: readonly string[]) => {
      const list = headerList(raw)
      informational.push({ status: statusIn(list), headers: list })
    }
    stream.on('headers', onHeaders as never)
    stream.on('response', ((_headers: unknown, _flags: number, raw: readonly string[]) => {
      headers = headerList(raw)
    }) as never)
    stream.on('trailers', ((_headers: unknown, _flags: number, raw: readonly string[]) => {
      trailers = headerList(raw)
    }) as never)
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      patience?.hear()
    })
    stream.on('end', () => {
      whole = headers.length > 0 && stream.rstCode === 0 && !stream.aborted
    })
    stream.on('error', () => {})
    stream.on('close', () => {
      whole &&= stream.rstCode === 0
      finish(true)
    })
    if (leaveAfterMs !== undefined) asked.then(() => settle(leaveAfterMs)).then(() => stream.close(8))
  })

const open = (session: ClientHttp2Session, { method = 'GET', path = '/', headers = {}, body }: Ask) => {
  const stream = session.request(
    { ':method': method, ':path': path, ':authority': 'localhost', ...headers },
    { endStream: body === undefined },
  )
  if (body !== undefined) stream.end(body)
  return stream
}

/** One visit over an own HTTP/2 session. Node assembles the frames; headers keep their order. */
export const visitHttp2 = async (
  port: number,
  visit: Visit,
  settle: Settle,
  asked: Promise<void>,
): Promise<Exchange> => {
  const { asks, settleMs = 60, leaveAfterMs } = visit
  const session = connect(`http://127.0.0.1:${port}`)
  let sessionGone = false
  session.on('error', () => {})
  session.on('close', () => {
    sessionGone = true
  })
  const heard: Heard[] = []
  for (const ask of asks) heard.push(await listen(open(session, ask), visit, settle, asked))
  const answers = heard.flatMap(({ answer }) => (answer ? [answer] : []))
  const whole = answers.length === asks.length && answers.every((answer) => answer.whole)
  await settle(settleMs)
  await pause(8)
  const gone = whole ? sessionGone : sessionGone || heard.some((one) => one.gone)
  session.destroy()
  const informational = heard.flatMap((one) => one.informational)
  const record = JSON.stringify({
    informational,
    answers: answers.map((one) => ({ ...one, body: one.body.toString('latin1') })),
  })
  return {
    informational,
    answers,
    ending: leaveAfterMs === undefined ? endingOf(whole, gone) : 'left',
    reset: false,
    record,
  }
}
