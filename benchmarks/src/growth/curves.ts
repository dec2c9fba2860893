import { PER_SECOND } from '../target/second.ts'

// What grows, and how far. Both sides of the fork read it.

export interface Curve {
  readonly name: string
  readonly title: string
  readonly axis: string
  readonly values: readonly number[]
  readonly logarithmic?: boolean
  readonly framework: 'node' | 'express5'
  /** How many requests to warm up with, and to count at a time; a request that does much needs few. */
  readonly requests: (value: number) => { readonly warmUp: number; readonly window: number }
}

const usual = () => ({ warmUp: 16_000, window: 300 })
const perUnit = (units: number) => (value: number) => {
  const share = Math.max(1, value / units)
  // With 1,600 requests to 1,000 routes, what V8 had not compiled yet was as much as the routes themselves.
  return { warmUp: Math.max(4000, Math.round(16_000 / share)), window: Math.max(20, Math.round(300 / share)) }
}

export const curves: readonly Curve[] = [
  {
    name: 'headers',
    title: 'headers set one by one',
    axis: 'headers',
    values: [0, 5, 10, 20, 50],
    framework: 'node',
    requests: usual,
  },
  {
    name: 'chunks',
    title: 'chunks written',
    axis: 'chunks',
    values: [1, 4, 16, 64, 256],
    logarithmic: true,
    framework: 'node',
    requests: perUnit(16),
  },
  {
    name: 'depth',
    title: 'middlewares, one after the other',
    axis: 'middlewares',
    values: [1, 5, 10, 20, 50],
    framework: 'express5',
    requests: perUnit(10),
  },
  {
    name: 'routes',
    title: 'routes before the one that matches',
    axis: 'routes',
    values: [1, 10, 100, 1000, 10_000],
    logarithmic: true,
    framework: 'express5',
    requests: perUnit(100),
  },
  {
    name: 'concurrent',
    title: 'responses open at once',
    axis: 'open responses',
    values: [1, 10, 100, 1000, 10_000],
    logarithmic: true,
    framework: 'node',
    requests: (value) => ({ warmUp: Math.max(16_000, value * 8), window: Math.max(500, value) }),
  },
  {
    name: 'violations',
    title: 'requests that are answered twice',
    axis: '% of requests',
    values: [0, 25, 50, 75, 100],
    framework: 'express5',
    // Some violations a second are looked at in full: they are to fall into each window alike.
    requests: () => ({ warmUp: 16_000, window: PER_SECOND }),
  },
]

export function curveNamed(name: string): Curve {
  const found = curves.find((curve) => curve.name === name)
  if (!found) throw new Error(`no curve '${name}'; there are ${curves.map((curve) => curve.name).join(', ')}`)
  return found
}
