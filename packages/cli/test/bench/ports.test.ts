import { expect, it } from 'vitest'
import { exchange } from '../../src/bench/exchange.ts'
import { ServerProcess } from '../../src/bench/server-process.ts'
import { PROBE, serverFile } from './command.ts'

const request = { method: 'GET', path: '/', headers: {} }

async function bodyLengthOf(port: number | undefined): Promise<number> {
  const env = { ...process.env, PORT: '3111' }
  const args = [...PROBE, serverFile('two-ports')]
  const server = await ServerProcess.start({ args, env, port, timeoutMs: 20_000 })
  try {
    return (await exchange(server.origin, request)).length
  } finally {
    await server.stop()
  }
}

it('takes the first server that listens, or the one on the port that is asked for', async () => {
  expect(await bodyLengthOf(undefined)).toBe(7)
  expect(await bodyLengthOf(3111)).toBe(4)
  expect(await bodyLengthOf(9999)).toBe(7)
})
