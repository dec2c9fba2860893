import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { exchange } from '../../src/bench/exchange.ts'
import { ServerProcess } from '../../src/bench/server-process.ts'
import { bench, PROBE, QUICK, serverFile } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'respond-once-bench-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const started = (name: string, env: NodeJS.ProcessEnv) =>
  ServerProcess.start({ args: [...PROBE, serverFile(name)], env: { ...process.env, ...env }, timeoutMs: 20_000 })

describe('a server is asked where it listens', () => {
  it.each([
    ['127.0.0.2', '127.0.0.2'],
    ['127.0.0.1', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.1'],
    ['::', '127.0.0.1'],
    ['::1', '[::1]'],
    ['::', '[::1]', '1'],
  ])('%s as %s', async (ADDRESS, host, ONLY_V6 = '') => {
    const server = await started('other-address', { ADDRESS, ONLY_V6 })
    try {
      expect(new URL(server.origin).hostname).toBe(host)
      expect(await exchange(server.origin, { method: 'GET', path: '/', headers: {} })).toMatchObject({ status: 200 })
    } finally {
      await server.stop()
    }
  })
})

it('gives each copy a port of its own, also where the path of a socket is left open', async () => {
  const copies = await Promise.all(['127.0.0.1', '127.0.0.1'].map((ADDRESS) => started('other-address', { ADDRESS })))
  expect(new Set(copies.map(({ origin }) => origin)).size).toBe(2)
  await Promise.all(copies.map((copy) => copy.stop()))
})

describe('a server that listens on a socket file', () => {
  it('is told at once to need a port', { timeout: 30_000 }, async () => {
    const { code, stderr } = await bench([serverFile('socket'), ...QUICK, '--start-timeout', '1000'], {
      FOLDER: folder,
      PORT: '',
    })
    expect(stderr).toMatch(/^could not run: the server listens on a socket file, \S+\.sock, and a port is needed/m)
    expect(code).toBe(3)
  })

  it('is measured where it listens on a port as well', async () => {
    const server = await started('socket', { FOLDER: folder, PORT: '3111' })
    expect(new URL(server.origin).hostname).toBe('127.0.0.1')
    await server.stop()
  })
})
