import type { Answer, Header } from './exchange.ts'

interface Head {
  readonly status: number
  readonly reason: string
  readonly headers: readonly Header[]
  readonly end: number
}

interface Body {
  readonly body: Buffer
  readonly trailers: readonly Header[]
  readonly end: number
  readonly whole: boolean
}

const headerLines = (lines: readonly string[]): Header[] =>
  lines.filter(Boolean).map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })

const headAt = (bytes: Buffer, start: number): Head | undefined => {
  const end = bytes.indexOf('\r\n\r\n', start)
  if (end < 0) return undefined
  const [statusLine = '', ...lines] = bytes.toString('latin1', start, end).split('\r\n')
  const [, status = '0', reason = ''] = /^HTTP\/1\.1 (\d{3}) ?(.*)$/.exec(statusLine) ?? []
  return { status: Number(status), reason, headers: headerLines(lines), end: end + 4 }
}

const chunkedBody = (bytes: Buffer, start: number): Body => {
  const chunks: Buffer[] = []
  let at = start
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    const size = lineEnd < 0 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    const after = lineEnd + 2 + size + 2
    if (size === 0) return lastChunk(bytes, lineEnd + 2, Buffer.concat(chunks))
    if (Number.isNaN(size) || after > bytes.length) break
    chunks.push(bytes.subarray(lineEnd + 2, after - 2))
    at = after
  }
  return { body: Buffer.concat([...chunks, bytes.subarray(at)]), trailers: [], end: bytes.length, whole: false }
}

const lastChunk = (bytes: Buffer, start: number, body: Buffer): Body => {
  if (bytes.toString('latin1', start, start + 2) === '\r\n') return { body, trailers: [], end: start + 2, whole: true }
  const end = bytes.indexOf('\r\n\r\n', start)
  if (end < 0) return { body, trailers: [], end: bytes.length, whole: false }
  const trailers = headerLines(bytes.toString('latin1', start, end).split('\r\n'))
  return { body, trailers, end: end + 4, whole: true }
}

const bodyAt = (bytes: Buffer, head: Head, method: string, gone: boolean): Body => {
  const header = (name: string) => head.headers.find(([key]) => key.toLowerCase() === name)?.[1]
  const bare = { trailers: [], body: Buffer.alloc(0), end: head.end, whole: true }
  if (method === 'HEAD' || head.status === 204 || head.status === 304) return bare
  if (header('transfer-encoding') === 'chunked') return chunkedBody(bytes, head.end)
  const length = header('content-length')
  if (length === undefined) return { ...bare, body: bytes.subarray(head.end), end: bytes.length, whole: gone }
  const end = Math.min(head.end + Number(length), bytes.length)
  return { ...bare, body: bytes.subarray(head.end, end), end, whole: bytes.length >= head.end + Number(length) }
}

export interface Parsed {
  readonly informational: readonly Pick<Answer, 'status' | 'headers'>[]
  readonly answers: readonly Answer[]
}

/** Reads as many responses as `methods` asks for; `gone` says whether the server has closed (which ends a bare body). */
export const parseResponses = (bytes: Buffer, methods: readonly string[], gone: boolean): Parsed => {
  const informational: Pick<Answer, 'status' | 'headers'>[] = []
  const answers: Answer[] = []
  let at = 0
  while (answers.length < methods.length) {
    const head = headAt(bytes, at)
    if (!head) break
    at = head.end
    if (head.status < 200 && head.status !== 101) {
      informational.push({ status: head.status, headers: head.headers })
      continue
    }
    const { body, trailers, end, whole } = bodyAt(bytes, head, methods[answers.length] ?? 'GET', gone)
    at = end
    answers.push({ status: head.status, reason: head.reason, headers: head.headers, body, trailers, whole })
    if (!whole) break
  }
  return { informational, answers }
}
