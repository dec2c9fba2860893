// Nobody listens for errors: what Node does about a write after the end must end this process, as it does without the guard.
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { respondOnce } from '../../src/node.ts'

const handler = (_request: unknown, response: ServerResponse) => {
  response.end('first')
  response.write('late')
}

const [mode] = process.argv.slice(2)
const server = createServer(
  mode === 'bare' ? (handler as RequestListener) : respondOnce(handler, { policy: 'observe', reporters: [] }),
)
server.listen(0, '127.0.0.1', () => {
  connect((server.address() as AddressInfo).port, '127.0.0.1').write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
})
setTimeout(() => {
  process.stdout.write('still alive\n')
  process.exit(0)
}, 2000)
