import { cell, rule } from './block.ts'
import { crashed, hung, namesBothPlaces, passedLogin, silent, wholeAnswer, wrongLogStatus } from './facts.ts'
import { verdictOf } from './findings.ts'
import type { Observation } from './observe.ts'
import { type Scenario, TITLES } from './scenarios.ts'
import { fit, pad, padLeft, paint, print, WIDTH, wrap } from './terminal.ts'

/** One scenario, seen on both services. */
export interface Pair {
  readonly scenario: Scenario
  readonly plain: Observation
  readonly guarded: Observation
}

const COUNTS: readonly (readonly [string, (observation: Observation) => boolean, 'many' | 'few'])[] = [
  ['processes that crashed', crashed, 'few'],
  ['clients left hanging', hung, 'few'],
  ['clients without a whole answer', (o) => !wholeAnswer(o), 'few'],
  ['requests that got past a login check', passedLogin, 'few'],
  ['access log lines with a status that no client got', (o) => wrongLogStatus(o) !== undefined, 'few'],
  ['mistakes that left no trace', silent, 'few'],
  ['mistakes explained with both of their places', namesBothPlaces, 'many'],
]

/** Every scenario in one line, and then how often each thing happened. */
export function printSummary(pairs: readonly Pair[], healthy: readonly Pair[], seconds: number): void {
  print(rule('In short', `${seconds.toFixed(1)} s`))
  print()
  printOverview(pairs)
  print()
  printCounts(pairs)
  print()
  printRest(pairs, healthy)
}

const SIDES = { plain: 28, guarded: 21 }
const TITLE = WIDTH - 5 - SIDES.plain - SIDES.guarded - 2

function printOverview(pairs: readonly Pair[]): void {
  print(paint.dim(`     ${pad('', TITLE)} ${pad('WITHOUT THE GUARD', SIDES.plain)} WITH THE GUARD`))
  for (const [index, { scenario, plain, guarded }] of pairs.entries()) {
    if (scenario.framework !== pairs[index - 1]?.scenario.framework)
      print(paint.dim(`     ${TITLES[scenario.framework]}`))
    const left = cell([verdictOf(plain)], SIDES.plain)
    const right = cell([verdictOf(guarded)], SIDES.guarded)
    const head = `${padLeft(String(index + 1), 4)} ${fit(scenario.title, TITLE)}`
    for (let line = 0; line < Math.max(left.length, right.length); line++) {
      const start = pad(line === 0 ? head : '', TITLE + 5)
      print(`${start} ${pad(left[line] ?? '', SIDES.plain)} ${right[line] ?? ''}`.trimEnd())
    }
  }
}

function printCounts(pairs: readonly Pair[]): void {
  const label = 56
  print(paint.dim(`  ${pad(`of ${pairs.length}`, label)}${padLeft('without', 9)}${padLeft('with', 9)}`))
  for (const [text, holds, wanted] of COUNTS) {
    const plain = pairs.filter((pair) => holds(pair.plain)).length
    const guarded = pairs.filter((pair) => holds(pair.guarded)).length
    const better = wanted === 'many' ? guarded >= plain : guarded <= plain
    const tint = better ? paint.green : paint.red
    print(`  ${pad(text, label)}${padLeft(String(plain), 9)}${tint(paint.bold(padLeft(String(guarded), 9)))}`)
  }
}

function printRest(pairs: readonly Pair[], healthy: readonly Pair[]): void {
  const failed = pairs.filter(({ guarded }) => !wholeAnswer(guarded))
  if (failed.length > 0) {
    const names = failed.map(({ scenario }) => scenario.title).join('; ')
    for (const line of wrap(`Cut with the guard too, as the rest of the body never came: ${names}.`, WIDTH - 2)) {
      print(`  ${line}`)
    }
  }
  const same = healthy.filter(isSame).length
  print(`  Healthy requests answered the same, byte for byte, with no violation: ${same} of ${healthy.length}.`)
}

function isSame({ plain, guarded }: Pair): boolean {
  return guarded.violations.length === 0 && fingerprint(plain) === fingerprint(guarded)
}

function fingerprint({ answer, connectionClosed, reached }: Observation): string {
  const { date: _date, ...headers } = answer.headers
  const { status, ending, body } = answer
  return JSON.stringify([status, ending, headers, body.toString('base64'), connectionClosed, reached])
}

/** How to have it in one's own service. */
export function printInstall(): void {
  const lines = [
    ['npm install @respond-once/express', 'app.use(respondOnce())'],
    ['npm install @respond-once/koa', 'app.use(respondOnce())'],
    ['npm install @respond-once/fastify', 'await app.register(respondOnce)'],
  ] as const
  print()
  print(rule('In your own service'))
  print()
  for (const [command, code] of lines) print(`  ${paint.dim('$')} ${pad(command, 36)} ${code}`)
}
