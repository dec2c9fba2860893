import { createRequire } from 'node:module'
import { MARKS, printBlock, printMistake, rule } from './block.ts'
import { Service } from './child.ts'
import { observe } from './observe.ts'
import { healthy, type Scenario, scenarios } from './scenarios.ts'
import { type Pair, printInstall, printSummary } from './summary.ts'
import { Progress, print } from './terminal.ts'

const plain = new Service(false)
const guarded = new Service(true)
const progress = new Progress()

async function observeBoth(scenario: Scenario, quietMs?: number): Promise<Pair> {
  const [left, right] = await Promise.all([observe(plain, scenario, quietMs), observe(guarded, scenario, quietMs)])
  return { scenario, plain: left, guarded: right }
}

function printIntroduction(): void {
  const { version } = createRequire(import.meta.url)('express/package.json') as { version: string }
  print()
  const versions = `Express ${version}, Node ${process.versions.node}`
  print(`One service (${versions}) with ${scenarios.length} common mistakes: src/service.ts`)
  print('It runs twice, plain and guarded. Everything below is what a client and the parent process observed:')
  print(`${MARKS.good} fine   ${MARKS.fair} doubtful   ${MARKS.bad} broken`)
  print()
}

async function run(): Promise<void> {
  const startedAt = performance.now()
  printIntroduction()
  progress.show('starting both services')
  await Promise.all([plain.port(), guarded.port()])
  progress.clear()

  const pairs: Pair[] = []
  for (const [index, scenario] of scenarios.entries()) {
    print(rule(`${index + 1}/${scenarios.length} ${scenario.title}`, `${scenario.method} ${scenario.path}`))
    printMistake(scenario)
    progress.show('asking both services, and waiting for what comes after the answer')
    const pair = await observeBoth(scenario)
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
  plain.stop()
  guarded.stop()
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
  plain.stop()
  guarded.stop()
}
