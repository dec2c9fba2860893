import fs from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished, vi } from 'vitest'
import * as frames from '../src/frame.ts'
import { respondOnce } from '../src/node.ts'
import * as positions from '../src/position.ts'
import * as sources from '../src/source.ts'
import { Trace } from '../src/trace.ts'

// A healthy request never formats, never parses a stack, never reads a source or a map, however it is traced.

vi.mock('../src/frame.ts', { spy: true })
vi.mock('../src/position.ts', { spy: true })
vi.mock('../src/source.ts', { spy: true })

/** How often each of what is only done for a violation was done. */
function counting() {
  const stacks = vi.spyOn(Trace.prototype, 'frames', 'get')
  const reads = vi.spyOn(fs, 'readFileSync')
  const watched = {
    stacks,
    reads,
    frameOf: vi.mocked(frames.frameOf),
    framesOfText: vi.mocked(frames.framesOfText),
    originalPosition: vi.mocked(positions.originalPosition),
    writtenPosition: vi.mocked(positions.writtenPosition),
    sourceOf: vi.mocked(sources.sourceOf),
  }
  const before = Object.fromEntries(Object.entries(watched).map(([name, spy]) => [name, spy.mock.calls.length]))
  return () =>
    Object.fromEntries(
      Object.entries(watched).map(([name, spy]) => [name, spy.mock.calls.length - (before[name] ?? 0)]),
    )
}

async function serve(trace: 'always' | 'adaptive' | 'never') {
  const server = createServer(
    respondOnce(
      (request, response) => {
        response.setHeader('X-Path', 'yes')
        if (request.url === '/stream') {
          response.write('one')
          response.write('two')
        }
        response.end('done')
        if (request.url === '/twice') response.end('again')
      },
      { trace, reporters: [] },
    ),
  )
  onTestFinished(() => void server.close().closeAllConnections())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return async (path: string) => (await fetch(url + path)).text()
}

it.each(['always', 'adaptive', 'never'] as const)('with trace %s', async (trace) => {
  const ask = await serve(trace)
  const counted = counting()
  for (let asked = 0; asked < 20; asked++) {
    await ask('/')
    await ask('/stream')
  }
  expect(Object.entries(counted()).filter(([, times]) => times > 0)).toEqual([])
  // The count is one that counts.
  await ask('/twice')
  const then = counted()
  expect(then.stacks).toBeGreaterThan(0)
  expect(then.frameOf).toBeGreaterThan(0)
  expect(then.originalPosition).toBeGreaterThan(0)
  if (trace === 'always') expect(then.sourceOf).toBeGreaterThan(0)
  // Also where tracing is armed by now.
  const armed = counting()
  await ask('/')
  await ask('/stream')
  expect(Object.entries(armed()).filter(([, times]) => times > 0)).toEqual([])
})
