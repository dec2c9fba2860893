import type { ServerResponse } from 'node:http'
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { respondOnce, type Violation } from '../src/node.ts'
import { afterwards, serve } from './serve.ts'

// All microtasks share one asynchronous id: after an `await` it does not say which turn this is.

/** A stream that never delivers anything. */
const silent = () => new PassThrough()

const answer = (res: ServerResponse) => {
  res.statusCode = 504
  res.end('gave up')
}

const LATER: Readonly<Record<string, (res: ServerResponse) => unknown>> = {
  'in a timer': (res) => {
    silent().pipe(res)
    setTimeout(answer, 10, res)
  },
  'after an `await`': async (res) => {
    silent().pipe(res)
    await sleep(10)
    answer(res)
  },
  'after an `await`, where the pipe came after one': async (res) => {
    await sleep(1)
    silent().pipe(res)
    await sleep(10)
    answer(res)
  },
  'in a race that a timeout has won': async (res) => {
    await undefined
    const source = silent()
    source.pipe(res)
    const delivered = new Promise((resolve) => source.once('data', resolve))
    await Promise.race([delivered, sleep(10)])
    answer(res)
  },
}

const AT_ONCE: Readonly<Record<string, (res: ServerResponse) => unknown>> = {
  'in one call': (res) => {
    silent().pipe(res)
    answer(res)
  },
  'after an `await`': async (res) => {
    await sleep(1)
    silent().pipe(res)
    answer(res)
  },
}

describe.each(['always', 'never'] as const)('a pipe that has delivered nothing, with trace %s', (trace) => {
  async function visit(handle: (res: ServerResponse) => unknown, policy: 'observe' | 'strict') {
    const violations: Violation[] = []
    const onViolation = (violation: Violation) => void violations.push(violation)
    const ask = await serve(respondOnce((_req, res) => void handle(res), { policy, trace, reporters: [], onViolation }))
    const reply = await ask('/', { patienceMs: 500 })
    await afterwards()
    return { reply, kinds: violations.map(({ kind }) => kind) }
  }

  it.each(Object.entries(LATER))('may be given up for another answer in a later turn: %s', async (_name, handle) => {
    const { reply, kinds } = await visit(handle, 'strict')
    expect(reply).toMatchObject({ status: 504, body: 'gave up', ended: 'whole' })
    expect(kinds).toEqual([])
  })

  it.each(Object.entries(AT_ONCE))('is overtaken by another answer in the same turn: %s', async (_name, handle) => {
    const { reply, kinds } = await visit(handle, 'observe')
    expect(reply).toMatchObject({ status: 504, body: 'gave up', ended: 'whole' })
    expect(kinds).toEqual(['double-response'])
  })
})
