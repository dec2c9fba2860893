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

/** Shows where a run is: one line that changes on a terminal, elsewhere a line for each pair of processes. */
export function showProgress(stream: WriteStream, experiment: () => Experiment): (progress: Progress) => void {
  let shown = 0
  let known = ''
  return ({ phase, group, detail, seconds }) => {
    if (group !== shown) {
      shown = group
      known = soFar(experiment())
      if (!stream.isTTY) stream.write(`[${Math.round(seconds)} s] pair ${group}${known && `; so far ${known}`}\n`)
    }
    if (!stream.isTTY) return
    const text = `[${Math.round(seconds)} s] pair ${group}${known && ` · ${known}`} · ${phase} ${detail}`
    cursorTo(stream, 0)
    clearLine(stream, 0)
    stream.write(text.slice(0, Math.max(20, stream.columns - 1)))
  }
}

/** Takes the changing line away. */
export function hideProgress(stream: WriteStream): void {
  if (!stream.isTTY) return
  cursorTo(stream, 0)
  clearLine(stream, 0)
}
