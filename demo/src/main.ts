import { createRequire } from 'node:module'
import { MARKS, printBlock, printMistake, rule } from './block.ts'
import { Service } from './child.ts'
import { observe } from './observe.ts'
import { FRAMEWORKS, type Framework, healthy, type Scenario, scenarios, TITLES } from './scenarios.ts'
import { type Pair, printInstall, printSummary } from './summary.ts'
import { Progress, paint, print } from './terminal.ts'

/** Each service, plain and guarded. */
const services = Object.fromEntries(
  FRAMEWORKS.map((name) => [name, { plain: new Service(name, false), guarded: new Service(name, true) }]),
) as { readonly [F in Framework]: { readonly plain: Service; readonly guarded: Service } }
const all = FRAMEWORKS.flatMap((name) => [services[name].plain, services[name].guarded])
const progress = new Progress()

async function observeBoth(scenario: Scenario, quietMs?: number): Promise<Pair> {
  const sides = services[scenario.framework]
  const [plain, guarded] = await Promise.all([
    observe(sides.plain, scenario, quietMs),
    observe(sides.guarded, scenario, quietMs),
  ])
  return { scenario, plain, guarded }
}

/** A service is asked one thing after another; the services of the frameworks go on side by side. */
function observeAll(): readonly Promise<Pair>[] {
  const latest = new Map<Framework, Promise<unknown>>()
  return scenarios.map((scenario) => {
    const pair = (latest.get(scenario.framework) ?? Promise.resolve()).then(() => observeBoth(scenario))
    latest.set(scenario.framework, pair)
    // Whoever comes to it hears of a failure.
    pair.catch(() => {})
    return pair
  })
}

function versionOf(framework: Framework): string {
  const { version } = createRequire(import.meta.url)(`${framework}/package.json`) as { version: string }
  return `${TITLES[framework]} ${version}`
}

function printIntroduction(): void {
  const versions = `${FRAMEWORKS.map(versionOf).join(', ')}; Node ${process.versions.node}`
  print()
  print(`Three services (${versions}): src/services`)
  print(`They have ${scenarios.length} common mistakes, and one policy: src/policy.ts`)
  print('Each runs twice, plain and guarded. Below is what a client and the parent process observed:')
  print(`${MARKS.good} fine   ${MARKS.fair} doubtful   ${MARKS.bad} broken`)
}

function printFramework(framework: Framework): void {
  print()
  print(paint.bold(versionOf(framework)))
  print()
}

async function run(): Promise<void> {
  const startedAt = performance.now()
  printIntroduction()
  progress.show('starting the services')
  await Promise.all(all.map((service) => service.port()))
  progress.clear()

  const observed = observeAll()
  const pairs: Pair[] = []
  for (const [index, scenario] of scenarios.entries()) {
    if (scenario.framework !== scenarios[index - 1]?.framework) printFramework(scenario.framework)
    print(rule(`${index + 1}/${scenarios.length} ${scenario.title}`, `${scenario.method} ${scenario.path}`))
    printMistake(scenario)
    progress.show('asking both services, and waiting for what comes after the answer')
    const pair = (await observed[index]) as Pair
    progress.clear()
    printBlock(pair.plain, pair.guarded)
    pairs.push(pair)
  }

  progress.show('sending healthy requests')
  const control: Pair[] = []
  for (const scenario of healthy) control.push(await observeBoth(scenario, 100))
  progress.clear()
  printSummary(pairs, control, (performance.now() - startedAt) / 1_000)
  printInstall()
}

function abandon(code: number): never {
  progress.clear()
  for (const service of all) service.stop()
  process.exit(code)
}

process.once('SIGINT', () => abandon(130))
process.once('SIGTERM', () => abandon(143))
process.once('SIGHUP', () => abandon(129))
// A reader such as head may leave early: that is no failure.
process.stdout.on('error', () => abandon(0))

try {
  await run()
} catch (error) {
  progress.clear()
  console.error(`The demo could not go on. ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
} finally {
  for (const service of all) service.stop()
}
