import { clearLine, cursorTo } from 'node:readline'
import type { WriteStream } from 'node:tty'
import type { Experiment, Progress } from './experiment.ts'
import { signedPercent } from './figures.ts'
import { percentOf } from './statistics.ts'

/** What is known so far of what is judged. */
function soFar(experiment: Experiment): string {
  if (experiment.groups.length < 2) return ''
  const judged = experiment.plan.variants.filter(({ judged }) => judged === true)
  return experiment.plan.targets
    .flatMap((target) =>
      judged.map((variant) => {
        const { interval } = experiment.judgementOf(target, variant)
        const [low, high] = [interval.low, interval.high].map((bound) => signedPercent(percentOf(bound), 1))
        return `${target.name} ${low} … ${high}`
      }),
    )
    .join(', ')
}

/** Somebody who waits is told before the run is over that it is for nothing. */
function outlook({ groups, plan, secondsToDecide, neededSeconds }: Experiment): string {
  if (groups.length !== 1 || secondsToDecide <= plan.maxSeconds) return ''
  const pairs = `Eight pairs take about ${Math.ceil(secondsToDecide)} s here`
  return `${pairs}, and the time limit is ${plan.maxSeconds} s: this run cannot decide. Use --time-limit ${neededSeconds}.\n`
}

/** Where nothing can be overwritten, a line each so many seconds is enough. */
const LINE_SECONDS = 15

/** Shows where a run is: one line that changes on a terminal, elsewhere lines now and then. */
export function showProgress(stream: WriteStream, experiment: () => Experiment): (progress: Progress) => void {
  let shown = 0
  let known = ''
  let told = 0
  return ({ phase, group, detail, seconds }) => {
    const isNew = group !== shown
    if (isNew) {
      shown = group
      known = soFar(experiment())
      hideProgress(stream)
      stream.write(outlook(experiment()))
    }
    const start = `[${Math.round(seconds)} s] pair ${group}`
    if (stream.isTTY) {
      hideProgress(stream)
      const text = `${start}${known && ` · ${known}`} · ${phase} ${detail}`
      stream.write(text.slice(0, Math.max(20, stream.columns - 1)))
    } else if (isNew || seconds - told >= LINE_SECONDS) {
      told = seconds
      stream.write(isNew ? `${start}${known && `; so far ${known}`}\n` : `${start} · ${phase} ${detail}\n`)
    }
  }
}

/** Takes the changing line away. */
export function hideProgress(stream: WriteStream): void {
  if (!stream.isTTY) return
  cursorTo(stream, 0)
  clearLine(stream, 0)
}
