// A reporter that keeps what it is told, and writes it when it is flushed. Ends by itself, or as the first argument says.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Repeats, Reporter, Violation } from '../../src/index.ts'
import { respondOnce } from '../../src/node.ts'

const [how = ''] = process.argv.slice(2)
const kept: string[] = []
const keeping: Reporter = {
  report: (_violation: Violation, repeats?: Repeats) => void kept.push(repeats ? `+${repeats.count}` : 'one'),
  async flush() {
    const now = kept.splice(0).join(' ')
    console.log(`flush begins: ${now}`)
    if (how === 'reject') throw new Error('cannot be flushed')
    // Keeps the process alive: a client of some service would.
    await pause(30)
    console.log(`flush ends: ${now}`)
  },
}
const neverTold: Reporter = { report() {}, flush: async () => console.log('flushed for nothing') }

const twice = respondOnce(
  (_request, response) => {
    response.end('one')
    response.end('two')
  },
  { reporters: [keeping] },
)
respondOnce(() => {}, { reporters: [neverTold] })
const server = createServer(twice)
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo
for (let asked = 0; asked < 4; asked++) await (await fetch(`http://127.0.0.1:${port}/`)).text()
if (how === 'exit') process.exit(0)
server.close().closeAllConnections()
