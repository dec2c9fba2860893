import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { expect, it, onTestFinished, vi } from 'vitest'
import { type GuardOptions, respondOnce, type Violation } from '../src/node.ts'
import type { Repeats } from '../src/options.ts'
import { Memory } from '../src/storm.ts'
import * as traces from '../src/trace.ts'

/** Serves requests one after the other, within one second of the guard's clock. */
async function storm(handler: RequestListener, requests: number, options: GuardOptions = {}) {
  const violations: Violation[] = []
  const onViolation = (violation: Violation) => void violations.push(violation)
  const server = createServer(respondOnce(handler, { reporters: [], onViolation, ...options }) as RequestListener)
  onTestFinished(() => void server.close().closeAllConnections())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const time = performance.now()
  const clock = vi.spyOn(performance, 'now').mockReturnValue(time)
  const frames = vi.spyOn(traces.Trace.prototype, 'frames', 'get')
  onTestFinished(() => {
    clock.mockRestore()
    frames.mockRestore()
  })
  const before = frames.mock.calls.length
  const bodies: string[] = []
  for (let asked = 0; asked < requests; asked++) {
    bodies.push(
      await fetch(`http://127.0.0.1:${port}/${asked}`)
        .then((answer) => answer.text())
        .catch(() => 'broken'),
    )
  }
  return { violations, bodies, reads: frames.mock.calls.length - before, goOn: () => clock.mockRestore() }
}

const twice: RequestListener = (_request, response) => {
  response.end('one')
  response.end('two')
}

it('looks at so many a second in full, holds back all, and tells each', async () => {
  const few = await storm(twice, 5, { trace: 'adaptive', limits: { fullPerSecond: 5 } })
  const many = await storm(twice, 60, { trace: 'adaptive', limits: { fullPerSecond: 5 } })
  expect(many.reads).toBe(few.reads)
  expect(new Set(many.bodies)).toEqual(new Set(['one']))
  expect(many.violations).toHaveLength(60)
  const [first, ...later] = many.violations
  expect(first?.first?.site).toBeUndefined()
  expect(new Set(later.map(({ fingerprint }) => fingerprint)).size).toBe(1)
  expect(later.at(-1)).toMatchObject({
    cause: 'missing-return',
    action: 'suppress',
    second: later[0]?.second?.site && {
      operation: 'res.end',
      site: later[0].second.site,
    },
  })
  // What differs from time to time is that of now.
  const last = later.at(-1) as Violation
  const between = ((last.second?.atMs ?? 0) - (last.first?.atMs ?? 0)).toFixed(1)
  expect(last.message).toContain(`, ${between} ms earlier`)
})

it('counts errors after the response too, and holds them back', async () => {
  const handler: RequestListener = async (_request, response) => {
    response.end('one')
    throw new Error('afterwards')
  }
  const { violations, bodies, reads } = await storm(handler, 40, { trace: 'adaptive', limits: { fullPerSecond: 4 } })
  expect(new Set(bodies)).toEqual(new Set(['one']))
  expect(violations.map(({ kind }) => kind)).toEqual(Array(40).fill('error-after-response'))
  expect(reads).toBeLessThan(30)
})

const breaksOff: RequestListener = (_request, response) => {
  response.write('half an ')
  setImmediate(() => response.destroy(new Error('no more')))
}

const sourceFails: RequestListener = (_request, response) => {
  const source = new Readable({ read() {} })
  source.on('error', () => {}).pipe(response)
  source.push('half an ')
  setImmediate(() => source.destroy(new Error('no more')))
}

const fallsShort: RequestListener = (_request, response) => {
  response.setHeader('Content-Length', 3)
  response.strictContentLength = false
  response.end(response.req.url === '/0' ? 'no' : 'na')
  response.socket?.destroy()
}

const neverAnswers: RequestListener = (request) => {
  setTimeout(() => request.socket.destroy(), 60)
}

it.each([
  ['truncated-response', 'destroyed', breaksOff],
  ['truncated-response', 'whose source fails', sourceFails],
  ['length-mismatch', 'too short', fallsShort],
  ['no-response', 'that never comes', neverAnswers],
] as const)('a storm of %s, %s, is limited as others are, and each is counted', async (kind, _how, handler) => {
  const rules = {
    'no-response': ['report', { afterMs: 0 }],
    'truncated-response': ['suppress', { graceMs: 1 }],
  } as const
  const options = { trace: 'adaptive', policy: { rules }, limits: { fullPerSecond: 5 } } as const
  let reported = 0
  const report = (_violation: Violation, repeats?: Repeats) => {
    reported += repeats?.count ?? 1
  }
  const few = await storm(handler, 5, options)
  const many = await storm(handler, 40, { ...options, reporters: [{ report }] })
  const kinds = () => many.violations.map((violation) => violation.kind)
  await vi.waitFor(() => expect(kinds()).toEqual(Array(40).fill(kind)), 5000)
  expect(many.reads).toBe(few.reads)
  many.goOn()
  await vi.waitFor(() => expect(reported).toBe(40), 5000)
  expect(new Set(many.violations.slice(5).map(({ fingerprint }) => fingerprint)).size).toBe(1)
})

it('looks once at an answer of many calls, and not at each of them', async () => {
  const calls = (count: number): RequestListener => {
    return (_request, response) => {
      response.end('one')
      response.writeHead(500)
      for (let call = 0; call < count; call++) response.write('two')
    }
  }
  const few = await storm(calls(1), 3, { trace: 'adaptive', limits: { fullPerSecond: 100 } })
  const many = await storm(calls(50), 3, { trace: 'adaptive', limits: { fullPerSecond: 100 } })
  expect([few.violations.length, many.violations.length]).toEqual([3, 3])
  expect(many.reads).toBe(few.reads)
})

it('limits what is exempted as it limits others', async () => {
  const handler: RequestListener = (request, response) => {
    response.on('error', () => {})
    twice(request, response as never)
  }
  const options = { trace: 'never', limits: { fullPerSecond: 3 } } as const
  const [known] = (await storm(handler, 1, options)).violations
  const fingerprint = known?.fingerprint ?? ''
  const exemption = { fingerprint, action: 'report', until: '2999-01-31', reason: 'known' } as const
  const policy = { extends: ['protect'], exemptions: [exemption] } as const
  const few = await storm(handler, 3, { ...options, policy })
  const many = await storm(handler, 30, { ...options, policy })
  expect(many.violations.map(({ action }) => action)).toEqual(Array(30).fill('report'))
  expect(many.reads).toBe(few.reads)
})

it('takes nothing for certain where one route makes two mistakes in one way', async () => {
  let asked = 0
  const handler: RequestListener = (_request, response) => {
    asked++
    response.end('one')
    if (asked % 2 === 0) response.end('two')
    else response.end('three')
  }
  const { violations, bodies } = await storm(handler, 40, { trace: 'always', limits: { fullPerSecond: 4 } })
  expect(new Set(bodies)).toEqual(new Set(['one']))
  expect(violations).toHaveLength(40)
  expect(violations.slice(0, 4).map(({ cause }) => cause)).toEqual(Array(4).fill('missing-return'))
  for (const { cause, first, second, action } of violations.slice(4)) {
    expect({ cause, action, sites: [first?.site, second?.site] }).toEqual({
      cause: 'unknown',
      action: 'suppress',
      sites: [undefined, undefined],
    })
  }
})

it.each([
  ['the policy throws', { policy: 'strict' }],
  [
    'the action depends on the cause',
    { policy: { rules: { 'double-response': 'suppress', 'double-response/timeout': 'off' } } },
  ],
] as const)('looks at each where %s', async (_name, options) => {
  const { violations } = await storm(
    (request, response) => {
      try {
        twice(request, response as never)
      } catch {}
    },
    12,
    { trace: 'always', limits: { fullPerSecond: 3 }, ...options },
  )
  expect(violations).toHaveLength(12)
  expect(new Set(violations.map(({ fingerprint }) => fingerprint)).size).toBe(1)
})

it('keeps apart what was seen on routes that are known by their patterns, and no more of them than a thousand', async () => {
  const { violations } = await storm(twice, 1)
  const clues = { firstPackage: undefined, secondPackage: undefined, parting: undefined, untraced: undefined }
  const composed = { violation: violations[0] as Violation, clues }
  const memory = new Memory()
  const recalled = (place: string) => memory.recall(place, 'end', 'double-response')?.violation
  memory.learn('/a', 'end', composed)
  expect([recalled('/a'), recalled('/b')]).toEqual([violations[0], undefined])
  for (let route = 1; route < 1000; route++) memory.learn(`/${route}`, 'end', composed)
  memory.learn('/999', 'end', composed)
  expect([recalled('/a'), recalled('/999')]).toEqual([violations[0], violations[0]])
  memory.learn('/b', 'end', composed)
  expect([recalled('/a'), recalled('/b')]).toEqual([undefined, violations[0]])
})
