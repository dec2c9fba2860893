import { constants } from 'node:os'
import { resolve } from 'node:path'
import { Experiment, type Variant } from './experiment.ts'
import { type BenchOptions, EXIT_CODES } from './options.ts'
import { hideProgress, showProgress } from './progress.ts'
import { type Report, reportOf } from './report.ts'
import { writeReports } from './report-files.ts'
import { requestName } from './request-name.ts'
import { CouldNotRunError, probeArguments, ServerProcess } from './server-process.ts'
import { terminalReport } from './text.ts'

/** The server with its guard, and without. */
function variantsOf({ file, args, port, startMs }: BenchOptions): readonly [Variant, Variant] {
  const { RESPOND_ONCE: _, ...own } = process.env
  const env = { ...own, NODE_ENV: own.NODE_ENV || 'production' }
  const start = (its: NodeJS.ProcessEnv) =>
    ServerProcess.start({
      args: [...probeArguments(), resolve(file), ...args],
      env: port === undefined ? its : { ...its, PORT: String(port) },
      port,
      timeoutMs: startMs,
    })
  return [
    { name: 'off', title: 'without the guard', guarded: false, start: () => start({ ...env, RESPOND_ONCE: 'off' }) },
    { name: 'on', title: 'with the guard', guarded: true, judged: true, start: () => start(env) },
  ]
}

function experimentOf(options: BenchOptions): Experiment {
  const targets = options.requests.map((request) => ({ name: requestName(request), request }))
  const { budgetPercent, connections, pipelining, warmUpSeconds, windowSeconds, maxSeconds } = options
  const experiment: Experiment = new Experiment(
    {
      variants: variantsOf(options),
      targets,
      budgetPercent,
      connections,
      pipelining,
      warmUpSeconds,
      windowSeconds,
      sweeps: 8,
      maxSeconds,
    },
    showProgress(process.stderr, () => experiment),
  )
  return experiment
}

/** Shows a report and writes its files. Returns what could not be written. */
function tell(options: BenchOptions, report: Report): readonly string[] {
  const isPiped = [options.json, options.markdown, options.html].includes(true)
  // Standard output is the report's that was asked for, and nothing else's.
  const stream = isPiped ? process.stderr : process.stdout
  stream.write(`${terminalReport(report)}\n`)
  return writeReports(options, report)
}

const LOCKED =
  'A service whose policy locks a rule cannot be run without its guard. To measure it, start it with a policy in which ' +
  'nothing is locked, such as `policy: process.env.BENCH ? "protect" : acmePolicy`: what a lock holds costs the same.'

function tellFailure(error: unknown): void {
  if (!(error instanceof CouldNotRunError)) {
    console.error(`could not run: ${error instanceof Error ? error.stack : error}`)
    return
  }
  console.error(`could not run: ${error.message}`)
  if (error.output !== '') console.error(`\nThe server itself printed:\n${error.output.replace(/^/gm, '  ')}`)
  if (/"off" in the environment.*is locked by/s.test(error.output)) console.error(`\n${LOCKED}`)
}

/** However this process ends, it is not with 1 unless that was measured: Node's own code for an error means "over" here. */
function endByCodes(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]))
  }
  process.once('uncaughtException', (error) => {
    tellFailure(error)
    process.exit(EXIT_CODES['could not run'])
  })
}

/** `respond-once bench`. Resolves with the exit code. */
export async function runBench(options: BenchOptions): Promise<number> {
  endByCodes()
  try {
    const experiment = experimentOf(options)
    await experiment.run().finally(() => hideProgress(process.stderr))
    const report = reportOf(experiment)
    const lost = tell(options, report)
    for (const words of lost) console.error(words)
    return EXIT_CODES[lost.length > 0 ? 'could not run' : report.verdict]
  } catch (error) {
    tellFailure(error)
    return EXIT_CODES['could not run']
  }
}
