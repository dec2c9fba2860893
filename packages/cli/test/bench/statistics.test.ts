import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clusteredInterval, logRatioOf, percentOf } from '../../src/bench/statistics.ts'
import { isLook, judge, MIN_PAIRS, type Verdict } from '../../src/bench/verdict.ts'

// Data whose truth is known: processes differ, windows differ more, and now and then a neighbour disturbs one of them.

interface Noise {
  readonly ofProcesses: number
  readonly ofWindows: number
}

/** A generator of its own, so that a test gives the same result each time. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

function pairs(truth: number, noise: Noise, count: number, next: () => number): number[][] {
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  const disturbance = () => (next() < 0.1 ? Math.abs(normal()) * 0.15 : 0)
  return Array.from({ length: count }, () => {
    const own = truth + normal() * noise.ofProcesses
    return Array.from({ length: 8 }, () => own + normal() * noise.ofWindows + disturbance() - disturbance())
  })
}

type Luck = (next: () => number) => number

/** What a process may be slowed down by for as long as it lives: one in five by a tenth, or each by more or less. */
const LUCK: Readonly<Record<string, Luck>> = {
  'one in five is slow': (next) => (next() < 0.2 ? 0.1 : 0) + next() * 0.005,
  'a few are very slow': (next) => -Math.log(1 - next()) * 0.01,
}

/** Ratios of two processes, of which each has its luck. */
function lucky(truth: number, luck: Luck, count: number, next: () => number): number[][] {
  return Array.from({ length: count }, () => [truth + luck(next) - luck(next)])
}

/** How often the interval of 99 % holds what is true. */
function shareHeld(truth: number, draw: () => number[][], runs = 500): number {
  let held = 0
  for (let i = 0; i < runs; i++) {
    const { low, high } = clusteredInterval(draw(), 0.99)
    if (low <= truth && high >= truth) held++
  }
  return held / runs
}

/** A whole run: looks as the experiment does, until the verdict is clear or there is no more time. */
function run(percent: number, noise: Noise, next: () => number, most = 40): Verdict {
  const [found, control] = [pairs(logRatioOf(percent), noise, most, next), pairs(0, noise, most, next)]
  return verdictAfter(found, control, most)
}

function verdictAfter(found: number[][], control: number[][], most: number): Verdict {
  for (let count = MIN_PAIRS; count <= most; count++) {
    if (!isLook(count)) continue
    const { verdict } = judge(found.slice(0, count), control.slice(0, count), 2)
    if (verdict !== 'inconclusive') return verdict
  }
  return 'inconclusive'
}

function countRuns(runs: number, percent: number, noise: Noise): Record<Verdict, number> {
  const next = random(percent * 1000 + noise.ofWindows * 100_000 + 1)
  const counts = { pass: 0, over: 0, inconclusive: 0 }
  for (let i = 0; i < runs; i++) counts[run(percent, noise, next)]++
  return counts
}

const QUIET: Noise = { ofProcesses: 0.01, ofWindows: 0.02 }
const LOUD: Noise = { ofProcesses: 0.08, ofWindows: 0.1 }

describe('the interval', () => {
  it.each([8, 12, 20, 40])('of %i pairs holds the truth about 99 times of 100', (count) => {
    const next = random(count)
    const noise = { ofProcesses: 0.01, ofWindows: 0.03 }
    expect(shareHeld(0.01, () => pairs(0.01, noise, count, next))).toBeGreaterThan(0.98)
  })

  it.each(Object.entries(LUCK))('holds it as often where processes have luck of their own: %s', (_, luck) => {
    for (const count of [8, 12, 20]) {
      const next = random(count * 31)
      expect(shareHeld(0, () => lucky(0, luck, count, next))).toBeGreaterThan(0.98)
    }
  })

  it('is clustered: more windows of the same processes do not make it narrow', () => {
    const next = random(7)
    const once = pairs(0, { ofProcesses: 0.05, ofWindows: 0 }, 10, next)
    const often = once.map((windows) => Array.from({ length: 20 }, () => windows).flat())
    const width = (of: number[][]) => clusteredInterval(of, 0.99).high - clusteredInterval(of, 0.99).low
    expect(width(often)).toBeGreaterThan(width(once) * 0.8)
  })

  it('lies around its estimate, moves with the data, and mirrors', () => {
    const ratios = fc.array(fc.array(fc.double({ min: -0.3, max: 0.3, noNaN: true }), { minLength: 3, maxLength: 5 }), {
      minLength: 2,
      maxLength: 12,
    })
    fc.assert(
      fc.property(ratios, fc.double({ min: -0.2, max: 0.2, noNaN: true }), (found, shift) => {
        const { low, estimate, high } = clusteredInterval(found, 0.95)
        expect(low).toBeLessThanOrEqual(estimate + 1e-9)
        expect(high).toBeGreaterThanOrEqual(estimate - 1e-9)
        const moved = clusteredInterval(
          found.map((pair) => pair.map((ratio) => ratio + shift)),
          0.95,
        )
        expect(moved.low).toBeCloseTo(low + shift, 9)
        expect(moved.high).toBeCloseTo(high + shift, 9)
      }),
      { numRuns: 20 },
    )
  })

  it('of a single pair knows nothing', () => {
    expect(clusteredInterval([[0.1]], 0.95)).toEqual({ low: -Infinity, estimate: 0.1, high: Infinity })
  })
})

it('takes percents to logarithms and back', () => {
  fc.assert(
    fc.property(fc.double({ min: -90, max: 1000, noNaN: true }), (percent) => {
      expect(percentOf(logRatioOf(percent))).toBeCloseTo(percent, 6)
    }),
  )
})

describe('a run with a budget of 2 %', () => {
  it('passes what costs nothing, and nearly always what costs half of it', () => {
    expect(countRuns(60, 0, QUIET)).toEqual({ pass: 60, over: 0, inconclusive: 0 })
    const { pass, over } = countRuns(60, 1, QUIET)
    expect(pass).toBeGreaterThan(45)
    expect(over).toBe(0)
  })

  it('passes what costs exactly the budget no more often than its confidence says, although it looks again and again', () => {
    expect(countRuns(150, 2, QUIET).pass).toBeLessThanOrEqual(150 * 0.05)
  })

  it.each(Object.entries(LUCK))('nor where processes have luck of their own: %s', (_, luck) => {
    const next = random(11)
    let passed = 0
    for (let i = 0; i < 80; i++) {
      // A control that hides nothing: what decides is the comparison.
      const found = lucky(logRatioOf(2), luck, 40, next)
      if (verdictAfter(found, pairs(0, { ofProcesses: 0.001, ofWindows: 0.001 }, 40, next), 40) === 'pass') passed++
    }
    expect(passed / 80).toBeLessThanOrEqual(0.05)
  })

  it('never passes what costs more, and finds it', () => {
    const { pass, over } = countRuns(60, 4, QUIET)
    expect(pass).toBe(0)
    expect(over).toBeGreaterThan(55)
  })

  it('is inconclusive where the noise hides the budget, whatever the truth', () => {
    for (const percent of [0, 2, 4])
      expect(countRuns(40, percent, LOUD)).toEqual({ pass: 0, over: 0, inconclusive: 40 })
  })

  it('does not pass where the comparison is clear and the control is not', () => {
    const next = random(3)
    const clear = pairs(0, { ofProcesses: 0.001, ofWindows: 0.001 }, 20, next)
    expect(judge(clear, clear, 2).verdict).toBe('pass')
    expect(judge(clear, pairs(0.03, QUIET, 20, next), 2).verdict).toBe('inconclusive')
    expect(judge(pairs(0.03, QUIET, 20, next), pairs(0.03, QUIET, 20, next), 2).verdict).toBe('inconclusive')
  })

  it('decides nothing with fewer than eight pairs', () => {
    const none = Array.from({ length: MIN_PAIRS - 1 }, () => [0, 0])
    expect(judge(none, none, 2).verdict).toBe('inconclusive')
  })
})
