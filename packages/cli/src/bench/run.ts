import { appendFileSync, statSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Experiment, type Variant } from './experiment.ts'
import { htmlReport } from './html.ts'
import { type BenchOptions, EXIT_CODES } from './options.ts'
import { hideProgress, showProgress } from './progress.ts'
import { type Report, reportOf } from './report.ts'
import { CouldNotRunError, probeArguments, ServerProcess } from './server-process.ts'
import { markdownReport, terminalReport } from './text.ts'

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
  const targets = options.requests.map((request) => ({ name: `${request.method} ${request.path}`, request }))
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

/** Writes a report into a file. A CI job's summary may hold what other steps have written: it is added to. */
function write(to: string | true | undefined, text: string): void {
  if (to === undefined) return
  if (to === true) process.stdout.write(text)
  else if (to === process.env.GITHUB_STEP_SUMMARY) appendFileSync(to, text)
  else writeFileSync(to, text)
}

function tell(options: BenchOptions, report: Report): void {
  const isPiped = [options.json, options.markdown, options.html].includes(true)
  // Standard output is the report's that was asked for, and nothing else's.
  const stream = isPiped ? process.stderr : process.stdout
  stream.write(`${terminalReport(report)}\n`)
  write(options.json, `${JSON.stringify(report, null, 2)}\n`)
  write(options.markdown, markdownReport(report))
  write(options.html, htmlReport(report))
}

const LOCKED =
  'A service whose policy locks a rule cannot be run without its guard. To measure it, start it with a policy in which ' +
  'nothing is locked, such as `policy: process.env.BENCH ? "protect" : acmePolicy`: what a lock holds costs the same.'

function tellFailure(error: CouldNotRunError): void {
  console.error(`could not run: ${error.message}`)
  if (error.output !== '') console.error(`\nThe server itself printed:\n${error.output.replace(/^/gm, '  ')}`)
  if (/"off" in the environment.*is locked by/s.test(error.output)) console.error(`\n${LOCKED}`)
}

function refuseNoFile({ file }: BenchOptions): void {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) throw new CouldNotRunError(`there is no file ${file || "''"}`)
  if (stats.isDirectory()) throw new CouldNotRunError(`${file} is a folder: name the file that starts the server`)
}

/** `respond-once bench`. Resolves with the exit code. */
export async function runBench(options: BenchOptions): Promise<number> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
  try {
    refuseNoFile(options)
    const experiment = experimentOf(options)
    await experiment.run().finally(() => hideProgress(process.stderr))
    const report = reportOf(experiment)
    tell(options, report)
    return EXIT_CODES[report.verdict]
  } catch (error) {
    if (!(error instanceof CouldNotRunError)) throw error
    tellFailure(error)
    return EXIT_CODES['could not run']
  }
}
