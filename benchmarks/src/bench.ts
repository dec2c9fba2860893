import { mkdirSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  CouldNotRunError,
  checkAnswers,
  Experiment,
  hideProgress,
  htmlReport,
  type Report,
  type Running,
  reportOf,
  ServerProcess,
  showProgress,
  type Target,
  terminalReport,
  type Variant,
} from 'respond-once/bench'
import { bundleLoadServer } from './bundle.ts'
import { keep } from './kept.ts'
import { exchangeHttp2, loadHttp2 } from './load/http2.ts'
import {
  FRAMEWORKS,
  frameworkTitles,
  type LoadFramework,
  type LoadVariant,
  loadVariantTitles,
  offers,
  type Shape,
  shapes,
  VARIANTS,
} from './load/scenarios.ts'

const usage = `Server CPU time per request under load, by autocannon, against the bare framework.

  pnpm bench [options]

  --only <pattern>       framework or framework/scenario, * for any text; may be repeated. All without it
  --variants <names>     separated by commas; without it all for 'hello' and for --check, bare and guard for the rest
  --budget <percent>     default 2
  --time-limit <s>       of one scenario, default 480
  --connections <n>      default 10
  --save                 keeps the figures in benchmarks/results, for docs/benchmarks.md
  --html <directory>     writes a page with charts for each scenario
  --packages <dir>       the packages folder of another checkout
  --check                checks that all variants answer alike and that the guards guard, and measures nothing
  --list                 names the scenarios and variants

Exit codes: 0 the guard is within the budget everywhere, 1 over it somewhere, 2 inconclusive, 3 could not run.
`

/** What is called wrongly is no verdict: Node's own 1 would be read as over the budget. */
function refuse(error: unknown): 3 {
  console.error(`could not run: ${error instanceof CouldNotRunError ? error.message : (error as Error).stack}`)
  return 3
}

function parsed() {
  try {
    return parseArgs({
      options: {
        only: { type: 'string', multiple: true, default: [] },
        variants: { type: 'string' },
        budget: { type: 'string', default: '2' },
        'time-limit': { type: 'string', default: '480' },
        connections: { type: 'string', default: '10' },
        save: { type: 'boolean', default: false },
        html: { type: 'string' },
        packages: { type: 'string' },
        check: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    return process.exit(refuse(new CouldNotRunError((error as Error).message)))
  }
}

const values = parsed()

/** Everything that is wrong with the numbers among the options. */
function refuseNoNumbers(): void {
  const wrong = (['budget', 'time-limit'] as const).filter((name) => !(Number(values[name]) > 0))
  const words = wrong.length === 0 ? [] : [`${wrong.map((name) => `--${name}`).join(' and ')} must be above 0`]
  const connections = Number(values.connections)
  if (!Number.isInteger(connections) || connections < 1 || connections > 10_000) {
    words.push('--connections must be a whole number from 1 to 10000')
  }
  if (words.length > 0) throw new CouldNotRunError(words.join('; '))
}

interface Scenario {
  readonly framework: LoadFramework
  readonly shape: Shape
}

const nameOf = ({ framework, shape }: Scenario): string => `${framework}/${shape.name}`

function selected(): readonly Scenario[] {
  const matchers = values.only.map((glob) => {
    const pattern = glob.includes('/') ? glob : `${glob}/*`
    return new RegExp(`^${pattern.replaceAll('*', '.*')}$`)
  })
  const all = FRAMEWORKS.flatMap((framework) =>
    shapes.filter((shape) => shape.frameworks.includes(framework)).map((shape) => ({ framework, shape })),
  )
  return all.filter((scenario) => matchers.length === 0 || matchers.some((matcher) => matcher.test(nameOf(scenario))))
}

function variantsOf({ framework, shape }: Scenario): readonly LoadVariant[] {
  const few: readonly LoadVariant[] = ['bare', 'guard']
  const named = values.variants?.split(',') as LoadVariant[] | undefined
  // A check takes no load, so none is left out.
  const wanted = named ?? (values.check || shape.name === 'hello' ? VARIANTS : few)
  const unknown = wanted.find((variant) => !VARIANTS.includes(variant))
  if (unknown !== undefined) throw new CouldNotRunError(`no variant '${unknown}'; there are ${VARIANTS.join(', ')}`)
  return VARIANTS.filter((variant) => variant === 'bare' || wanted.includes(variant)).filter((variant) =>
    offers(framework, variant),
  )
}

function variantOf(server: string, { framework, shape }: Scenario, variant: LoadVariant): Variant {
  const env = { ...process.env, NODE_ENV: 'production' }
  const args = [server, framework, shape.name, variant]
  return {
    name: variant,
    title: loadVariantTitles[variant],
    guarded: variant === 'guard' || variant === 'guard-always',
    judged: variant === 'guard',
    start: () => ServerProcess.start({ args, env, timeoutMs: 30_000 }),
  }
}

function targetOf({ framework, shape }: Scenario): Target {
  const { method, path, status, body, title } = shape
  const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
  return { name: `${frameworkTitles[framework]}, ${title}`, request: { method, path, headers, body }, status }
}

/** What the experiment does before any load. */
async function check(server: string, scenario: Scenario): Promise<void> {
  const variants = variantsOf(scenario).map((variant) => variantOf(server, scenario, variant)) as [Variant]
  const running: Running[] = []
  try {
    for (const variant of variants) running.push({ variant, server: await variant.start() })
    const exchange = scenario.shape.http2 ? exchangeHttp2 : undefined
    await checkAnswers(running, variants[0], [targetOf(scenario)], exchange)
    console.log(`${nameOf(scenario)}: ${variants.length} variants answer alike`)
  } finally {
    await Promise.all(running.map((one) => one.server.stop()))
  }
}

async function measure(server: string, scenario: Scenario): Promise<Report> {
  const { shape } = scenario
  const experiment: Experiment = new Experiment(
    {
      variants: variantsOf(scenario).map((variant) => variantOf(server, scenario, variant)) as [Variant, ...Variant[]],
      targets: [targetOf(scenario)],
      budgetPercent: Number(values.budget),
      connections: Number(values.connections),
      pipelining: shape.pipelining ?? 1,
      // With one second, under 10,000 requests, the guard's code is still being compiled, and seems to cost 10 %; a
      // collection after the first of these makes much of it be compiled anew.
      warmUpSeconds: 4,
      windowSeconds: 0.1,
      // On a loud machine single windows decide how far pairs are apart: as many again cost less time than more pairs.
      sweeps: 16,
      maxSeconds: Number(values['time-limit']),
      ...(shape.http2 ? { load: loadHttp2, exchange: exchangeHttp2 } : {}),
    },
    showProgress(process.stderr, () => experiment),
  )
  await experiment.run().finally(() => hideProgress(process.stderr))
  return reportOf(experiment)
}

function store(scenario: Scenario, report: Report): void {
  const file = `${scenario.framework}-${scenario.shape.name}`
  if (values.html !== undefined) {
    mkdirSync(values.html, { recursive: true })
    writeFileSync(join(values.html, `${file}.html`), htmlReport(report))
  }
  // What else people use takes its share of the time: a run with the guard alone gets further, and is kept beside.
  const isAlone = (report.targets[0]?.variants.length ?? 0) === 1
  // A run whose time was up before its first pair has no figures.
  if (values.save && report.pairs > 0) keep(join(isAlone ? 'load' : 'variants', file), report)
}

async function main(): Promise<number> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]))
  }
  refuseNoNumbers()
  const scenarios = selected()
  if (values.help) console.log(usage)
  if (values.list) {
    for (const scenario of scenarios) console.log(nameOf(scenario), variantsOf(scenario).join(','))
  }
  if (values.help || values.list) return 0
  if (scenarios.length === 0) throw new CouldNotRunError(`nothing matches --only ${values.only.join(' ')}`)
  for (const scenario of scenarios) variantsOf(scenario)
  const server = await bundleLoadServer(values.packages)
  let code = 0
  for (const [at, scenario] of scenarios.entries()) {
    process.stderr.write(`${at + 1} of ${scenarios.length}: ${nameOf(scenario)}\n`)
    try {
      if (values.check) {
        await check(server, scenario)
        continue
      }
      const report = await measure(server, scenario)
      console.log(`${terminalReport(report)}\n`)
      store(scenario, report)
      if (report.verdict === 'over') code = code === 3 ? 3 : 1
      if (report.verdict === 'inconclusive' && code === 0) code = 2
    } catch (error) {
      if (!(error instanceof CouldNotRunError)) throw error
      console.error(`could not run ${nameOf(scenario)}: ${error.message}\n${error.output}`)
      code = 3
    }
  }
  return code
}

process.exitCode = await main().catch(refuse)
