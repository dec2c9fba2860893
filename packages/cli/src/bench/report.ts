import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os'
import { mean, median } from 'simple-statistics'
import { CONTROL_NAME, type Experiment, type Measured, ratiosOf, type Target } from './experiment.ts'
import { type Interval, ofPair, percentOf } from './statistics.ts'
import { type Judgement, judge, type Verdict } from './verdict.ts'

// What was measured, as plain data: the terminal, Markdown, HTML and JSON all show this.

/** A ratio to the baseline, in percent above it. */
export interface Percent {
  readonly low: number
  readonly estimate: number
  readonly high: number
}

/** What is shown beside the judged figure, of one program. */
export interface Figures {
  readonly cpuMicros: number
  readonly requestsPerSecond: number
  readonly p99Ms: number
  readonly loopUtilization: number
  readonly heapBytes: number
  readonly collectionsPer1000: number
  readonly gcMicros: number
}

/** One program beside the baseline. */
export interface Compared {
  readonly name: string
  readonly title: string
  readonly judged: boolean
  readonly verdict: Verdict
  readonly percent: Percent
  /** The same, of each pair of processes. */
  readonly pairs: readonly number[]
  readonly figures: Figures
}

/** All programs with one request. */
export interface TargetReport {
  readonly name: string
  readonly verdict: Verdict
  readonly baseline: { readonly name: string; readonly title: string; readonly figures: Figures }
  readonly variants: readonly Compared[]
  /** The baseline against itself. */
  readonly control: Compared
}

/** The machine that it was measured on. */
export interface Machine {
  readonly node: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly system: string
}

/** A whole run. */
export interface Report {
  readonly verdict: Verdict
  readonly budgetPercent: number
  readonly pairs: number
  readonly seconds: number
  /** The time limit in which enough pairs fit to decide. Older reports do not say. */
  readonly neededSeconds?: number
  readonly connections: number
  readonly pipelining: number
  readonly machine: Machine
  readonly targets: readonly TargetReport[]
}

export function machine(): Machine {
  return {
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
  }
}

const inPercent = ({ low, estimate, high }: Interval): Percent => {
  return { low: percentOf(low), estimate: percentOf(estimate), high: percentOf(high) }
}

function figuresOf(measured: readonly Measured[]): Figures {
  const windows = measured.flatMap((one) => one.windows)
  return {
    cpuMicros: median(windows.map((one) => one.cpuMicros)),
    requestsPerSecond: median(windows.map((one) => one.requestsPerSecond)),
    p99Ms: median(windows.map((one) => one.p99Ms)),
    loopUtilization: median(windows.map((one) => one.loopUtilization)),
    heapBytes: median(measured.map((one) => one.heapBytes)),
    collectionsPer1000: mean(measured.map((one) => one.collectionsPer1000)),
    gcMicros: mean(measured.map((one) => one.gcMicros)),
  }
}

/** Of several verdicts the one that counts. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('over')) return 'over'
  return verdicts.includes('inconclusive') ? 'inconclusive' : 'pass'
}

function targetReport({ plan, groups }: Experiment, target: Target): TargetReport {
  const [baseline, ...others] = plan.variants
  const figures = (name: string) => figuresOf(groups.flatMap((group) => group.get(target)?.get(name) ?? []))
  const controls = ratiosOf(groups, target, baseline.name, CONTROL_NAME)
  const compared = (name: string, title: string, judged: boolean): Compared => {
    const ratios = ratiosOf(groups, target, baseline.name, name)
    const { verdict, interval }: Judgement = judge(ratios, controls, plan.budgetPercent)
    const pairs = ratios.map((ratio) => percentOf(ofPair(ratio)))
    return { name, title, judged, verdict, percent: inPercent(interval), pairs, figures: figures(name) }
  }
  const variants = others.map(({ name, title, judged }) => compared(name, title, judged === true))
  const judged = variants.filter((variant) => variant.judged)
  return {
    name: target.name,
    verdict: worst(judged.map(({ verdict }) => verdict)),
    baseline: { name: baseline.name, title: baseline.title, figures: figures(baseline.name) },
    variants,
    control: compared(CONTROL_NAME, `${baseline.title}, against itself`, false),
  }
}

/** Puts a finished experiment into figures. */
export function reportOf(experiment: Experiment): Report {
  const { plan, groups, seconds, neededSeconds } = experiment
  // Without a whole pair there are no figures.
  const targets = groups.length === 0 ? [] : plan.targets.map((target) => targetReport(experiment, target))
  return {
    verdict: groups.length === 0 ? 'inconclusive' : worst(targets.map(({ verdict }) => verdict)),
    budgetPercent: plan.budgetPercent,
    pairs: groups.length,
    seconds: Math.round(seconds),
    neededSeconds,
    connections: plan.connections,
    pipelining: plan.pipelining,
    machine: machine(),
    targets,
  }
}
