// Leaves nothing behind but the guard's own timers, and waits for none of them: `no-response`, and the grace of a body
// that broke off.
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { respondOnce } from '../../src/node.ts'

const [unanswered = 'unanswered'] = process.argv.slice(2)

const handler = (_request: unknown, response: ServerResponse) => {
  response.socket?.unref()
  if (unanswered === 'unanswered') return
  const source = new Readable({ read: () => undefined })
  source.on('error', () => undefined)
  source.pipe(response)
  source.push('part')
  setImmediate(() => source.destroy(new Error('broken')))
}

const server = createServer(
  respondOnce(handler, {
    policy: {
      rules: {
        'no-response': ['report', { afterMs: 60_000 }],
        'truncated-response': ['suppress', { graceMs: 60_000 }],
      },
    },
    reporters: [],
    onViolation: ({ kind }) => process.stdout.write(`told ${kind}\n`),
  }),
)

server.listen(0, '127.0.0.1', () => {
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  // Long enough for the request to arrive and for the body to break off; then there is nothing to wait for.
  setTimeout(() => {
    client.unref()
    server.unref()
    process.stdout.write('idle\n')
  }, 300)
})
