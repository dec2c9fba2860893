import { afterEach, describe, expect, it, vi } from 'vitest'
import { Arming } from '../src/arm.ts'

afterEach(() => void vi.useRealTimers())

const captures = (arming: Arming, place: unknown, times: number) =>
  Array.from({ length: times }, () => (arming.idle ? undefined : arming.captures(place))).filter(Boolean).length

describe('adaptive tracing', () => {
  it('captures the next 100 responses of a place, or those of ten minutes', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const [arming, place] = [new Arming('adaptive'), {}]
    expect(captures(arming, place, 1)).toBe(0)
    arming.arm(place)
    expect(captures(arming, place, 1000)).toBe(100)
    expect(arming.idle).toBe(true)
    arming.arm(place)
    expect(captures(arming, {}, 10)).toBe(0)
    vi.advanceTimersByTime(599_000)
    expect(captures(arming, place, 1)).toBe(1)
    vi.advanceTimersByTime(2_000)
    expect(captures(arming, place, 10)).toBe(0)
    expect(arming.idle).toBe(true)
  })

  it('counts a response once, however often it is captured', () => {
    const [arming, place] = [new Arming('adaptive', { tracedResponses: 2 }), {}]
    arming.arm(place)
    for (const _response of [1, 2]) {
      const counted = arming.captures(place)
      expect(counted).toBeDefined()
      for (const _next of [1, 2, 3]) expect(arming.captures(place, counted)).toBe(counted)
    }
    expect(arming.captures(place)).toBeUndefined()
  })

  it('as the limits say', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const [arming, place] = [new Arming('adaptive', { tracedResponses: 3, tracedMs: 50 }), {}]
    arming.arm(place)
    expect(captures(arming, place, 10)).toBe(3)
    arming.arm(place)
    vi.advanceTimersByTime(51)
    expect(captures(arming, place, 10)).toBe(0)
  })

  it('of so many places; the one armed longest ago goes first', () => {
    const arming = new Arming('adaptive', { tracedRoutes: 2 })
    const [a, b, c] = [{}, {}, {}]
    for (const place of [a, b, a, c]) arming.arm(place)
    expect([a, b, c].map((place) => arming.captures(place) !== undefined)).toEqual([true, false, true])
  })
})
