import { measure } from 'mitata'

/** One part of the guard, and what it takes. */
export interface Micro {
  readonly title: string
  readonly nanoseconds: number
  readonly bytes: number
  /** Where there is a budget: at most so long, and no bytes. */
  readonly budgetNs?: number
  readonly isFine?: boolean
}

/** The best of some medians: whatever else a machine does makes it slower, never faster. */
export async function nanosecondsOf(work: () => unknown): Promise<number> {
  const medians: number[] = []
  for (let run = 0; run < 5; run++) medians.push((await measure(work, { min_cpu_time: 60e6 })).p50)
  return Math.min(...medians)
}

/** Counted where nothing is collected: young space holds all of it. */
export function bytesOf(work: () => unknown, rounds = 2000): number {
  for (let i = 0; i < rounds / 10; i++) work()
  globalThis.gc?.()
  for (let i = 0; i < rounds / 10; i++) work()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < rounds; i++) work()
  return Math.max(0, process.memoryUsage().heapUsed - before) / rounds
}
