import type { Frame, Host, ResponseRecord } from '@respond-once/core/adapter'
import { contextOf, type Reply } from './application.ts'

/** What a reply answers by, and what is set on it. */
const METHODS: ReadonlySet<string> = new Set([
  'send',
  'redirect',
  'code',
  'status',
  'header',
  'headers',
  'removeHeader',
  'type',
  'trailer',
  'hijack',
  'callNotFound',
  'writeEarlyHints',
  'statusCode',
])

/** The reply of a response that is followed. */
export function replyOf(record: ResponseRecord): Reply {
  return record.layer as Reply
}

const contextIn = (record: ResponseRecord) => contextOf(replyOf(record).request)

const isFastify = ({ packageName }: Frame) => /^fastify\d*$/.test(packageName ?? '')

function methodOf(frame: Frame): string | undefined {
  if (!isFastify(frame) || !/[\\/]lib[\\/]reply\.js$/.test(frame.file)) return undefined
  const name = (frame.functionName ?? '').replace(/ \[as .*\]$/, '').replace(/^.*\./, '')
  // The only property that a reply has a setter for.
  if (name === 'set') return 'reply.statusCode'
  return METHODS.has(name) ? `reply.${name}` : undefined
}

/** What core must know of Fastify. */
export const fastifyHost: Host = {
  framework: 'fastify',
  nextName: 'done',
  words: { sent: 'reply.sent', status: 'reply.code(code)', lastly: 'an onSend hook', passes: 'done()' },
  routeOf: (_response, record) => contextIn(record)?.config?.url,
  placeOf: (_response, record) => contextIn(record) ?? record.guard,
  isFramework: (frame) =>
    frame.owner === 'package' &&
    (isFastify(frame) || /^(find-my-way|light-my-request|avvio)$/.test(frame.packageName ?? '')),
  methodOf,
  writesLater: (frame) =>
    isFastify(frame) && /[\\/]lib[\\/](reply|error-handler)\.js$/.test(frame.file) && methodOf(frame) === undefined,
  log: (record) => (violation) => replyOf(record).log.warn({ code: violation.code, violation }, violation.message),
}
