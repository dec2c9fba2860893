import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Repeats } from '../src/options.ts'
import { Announcer } from '../src/report.ts'
import type { Violation } from '../src/violation.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
afterEach(() => {
  vi.advanceTimersByTime(120_000)
  vi.useRealTimers()
})

const violation = (fingerprint: string, line = 1): Violation => ({
  kind: 'double-response',
  code: 'RESPOND_ONCE_DOUBLE_RESPONSE',
  action: 'suppress',
  cause: 'missing-return',
  message: fingerprint,
  hint: '',
  framework: 'node',
  method: 'GET',
  route: undefined,
  state: 'finished',
  first: undefined,
  second: { operation: 'res.end', site: { file: '/a.js', line, column: 1 }, atMs: 1 },
  fingerprint,
})

/** An announcer, and what its reporter is told: fingerprints, and counts. */
function announcing() {
  const told: (readonly [string, Repeats?])[] = []
  let each = 0
  let heard = 0
  const announcer = new Announcer({
    reporters: [
      {
        report: ({ fingerprint }, repeats) => void told.push(repeats ? [fingerprint, repeats] : [fingerprint]),
        each: () => void each++,
      },
    ],
    onViolation: () => void heard++,
  })
  return { announcer, told, counts: () => ({ each, heard }) }
}

describe('one mistake', () => {
  it('is told at once, then as counts at growing intervals, and nothing is lost', () => {
    const { announcer, told, counts } = announcing()
    const channelled = vi.fn()
    subscribe('respond-once:violation', channelled)
    onTestFinished(() => void unsubscribe('respond-once:violation', channelled))
    for (let second = 0; second < 300; second++) {
      for (let time = 0; time < 10; time++) {
        announcer.announce(violation('a'))
        vi.advanceTimersByTime(100)
      }
    }
    vi.advanceTimersByTime(120_000)
    const [first, ...rest] = told
    expect(first).toEqual(['a'])
    expect(rest.length).toBeLessThan(15)
    expect(rest.every(([, repeats]) => repeats !== undefined)).toBe(true)
    expect(1 + rest.reduce((sum, [, repeats]) => sum + (repeats?.count ?? 0), 0)).toBe(3000)
    const intervals = rest.map(([, repeats]) => repeats?.forMs ?? 0)
    expect(intervals[0]).toBeLessThan(1500)
    expect(Math.max(...intervals)).toBeLessThanOrEqual(60_500)
    expect(counts()).toEqual({ each: 3000, heard: 3000 })
    expect(channelled).toHaveBeenCalledTimes(3000)
  })

  it('is told in full again when it comes back after a pause: somebody is trying it out', () => {
    const { announcer, told } = announcing()
    for (let time = 0; time < 5; time++) {
      announcer.announce(violation('a'))
      vi.advanceTimersByTime(1500)
    }
    expect(told).toEqual([['a'], ['a'], ['a'], ['a'], ['a']])
  })

  it('does not hide another one, nor one with its fingerprint elsewhere', () => {
    const { announcer, told } = announcing()
    for (const one of [violation('a'), violation('b'), violation('a', 2), violation('a')]) announcer.announce(one)
    expect(told).toEqual([['a'], ['b'], ['a']])
  })

  it('is not waited for: no timer is left when all is told', () => {
    const { announcer } = announcing()
    announcer.announce(violation('a'))
    expect(vi.getTimerCount()).toBe(0)
    announcer.announce(violation('a'))
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(2000)
    expect(vi.getTimerCount()).toBe(0)
  })
})

it('remembers 1,000 mistakes; of more, those seen longest ago are told, dropped and counted', () => {
  const { announcer, told } = announcing()
  for (let one = 0; one < 1000; one++) announcer.announce(violation(`m${one}`))
  announcer.announce(violation('m0'))
  announcer.announce(violation('m1'))
  expect(told).toHaveLength(1000)
  for (let one = 0; one < 999; one++) announcer.announce(violation(`n${one}`))
  // m1 was seen last of the old ones: it is still known, and m0 was told before it was dropped.
  expect(told.filter(([name]) => name === 'm0')).toEqual([['m0'], ['m0', expect.objectContaining({ count: 1 })]])
  vi.advanceTimersByTime(2000)
  expect(told.at(-1)).toEqual(['m1', { count: 1, forMs: expect.any(Number), forgotten: 999 }])
})

it('a reporter that is spared reports costs no listener its violation', () => {
  const heard = vi.fn()
  const announcer = new Announcer({ reporters: [], onViolation: heard })
  for (let time = 0; time < 3; time++) announcer.announce(violation('a'))
  expect(heard).toHaveBeenCalledTimes(3)
})
