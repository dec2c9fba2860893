import { gunzipSync } from 'node:zlib'
import type { Ending } from '../scenarios/scenario.ts'

export type Header = readonly [name: string, value: string]

export interface Answer {
  readonly status: number
  readonly reason: string
  readonly headers: readonly Header[]
  readonly body: Buffer
  readonly trailers: readonly Header[]
  readonly whole: boolean
}

export interface Exchange {
  readonly informational: readonly Pick<Answer, 'status' | 'headers'>[]
  readonly answers: readonly Answer[]
  readonly ending: Ending
  readonly reset: boolean
  /** All that arrived, in order, with what is different on every run masked. */
  readonly record: string
}

export const headerOf = (answer: Answer | undefined, name: string): string | undefined => {
  const values = answer?.headers.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, value]) => value)
  return values?.length ? values.join(', ') : undefined
}

export const textOf = (answer: Answer | undefined): string => {
  if (!answer) return ''
  if (headerOf(answer, 'content-encoding') !== 'gzip' || !answer.whole) return answer.body.toString('utf8')
  return gunzipSync(answer.body).toString('utf8')
}

export const endingOf = (whole: boolean, gone: boolean): Ending => {
  if (whole) return gone ? 'closed' : 'complete'
  return gone ? 'cut' : 'hang'
}
