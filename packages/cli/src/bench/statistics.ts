import { mean, median, probit, quantileSorted, sampleStandardDeviation } from 'simple-statistics'

// Ratios are compared as logarithms: +10 % and −10 % are then equally far from nothing, and a mean is a mean of ratios.

/** What was found of a ratio, as logarithms: the estimate, and how far from it the truth may be. */
export interface Interval {
  readonly low: number
  readonly estimate: number
  readonly high: number
}

/** One pair of processes: the logarithms of ratios of neighbouring windows. */
export type Pair = readonly number[]

const RESAMPLES = 4000

/** The same data must give the same report. */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Student's t by the Cornish–Fisher expansion: within 1 % from five degrees of freedom on. */
function studentQuantile(probability: number, degrees: number): number {
  const z = probit(probability)
  const first = (z ** 3 + z) / 4
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384
  return z + first / degrees + second / degrees ** 2 + third / degrees ** 3
}

function resampledMean(clusters: readonly number[], random: () => number): number {
  let sum = 0
  for (let i = 0; i < clusters.length; i++) sum += clusters[Math.floor(random() * clusters.length)] as number
  return sum / clusters.length
}

/** The ratio of one pair of processes: the median window, because a neighbour on the machine disturbs single windows. */
export function ofPair(pair: Pair): number {
  return median([...pair])
}

/**
 * A bootstrap interval of the mean ratio, clustered by process: two windows of one process share its luck with the JIT and
 * the memory, so whole processes are drawn, never windows. With few processes resampling is too sure of itself: it is at
 * least as wide as Student's interval.
 */
export function clusteredInterval(pairs: readonly Pair[], confidence: number): Interval {
  const clusters = pairs.map(ofPair)
  if (clusters.length < 2) return { low: -Infinity, estimate: clusters[0] ?? Number.NaN, high: Infinity }
  const random = seededRandom(clusters.length)
  const means = new Float64Array(RESAMPLES)
  for (let i = 0; i < RESAMPLES; i++) means[i] = resampledMean(clusters, random)
  const sorted = [...means.sort()]
  const tail = (1 - confidence) / 2
  const estimate = mean(clusters)
  const error = sampleStandardDeviation(clusters) / Math.sqrt(clusters.length)
  const margin = studentQuantile(1 - tail, clusters.length - 1) * error
  return {
    low: Math.min(quantileSorted(sorted, tail), estimate - margin),
    estimate,
    high: Math.max(quantileSorted(sorted, 1 - tail), estimate + margin),
  }
}

/** A logarithm of a ratio as percent above one. */
export function percentOf(logRatio: number): number {
  return Math.expm1(logRatio) * 100
}

/** The logarithm of the ratio that is so many percent above one. */
export function logRatioOf(percent: number): number {
  return Math.log1p(percent / 100)
}
