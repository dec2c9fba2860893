import { beforeAll, describe, expect, test } from 'vitest'
import { frameworks } from '../src/frameworks/all.ts'
import type { Framework } from '../src/frameworks/framework.ts'
import type { Observed } from '../src/runner/child-process.ts'
import { compared, flawsOf, seenAs, toldAs } from '../src/runner/compare.ts'
import type { Mode } from '../src/runner/modes.ts'
import { type ProgramSource, programSources } from '../src/runner/program-source.ts'
import { type Run, runMode } from '../src/runner/run.ts'
import { expectedOutcome, expectedViolations } from '../src/scenarios/expected.ts'
import type { Faulty, Outcome, Scenario } from '../src/scenarios/scenario.ts'
import { scenarios } from '../src/scenarios/table.ts'

/** The oldest versions differ from the newest in how the guard gets in, not in what it then does. */
const modesOf = ({ name }: Framework): readonly Mode[] =>
  ['express418', 'express50', 'koa213', 'koa30', 'fastify40', 'fastify50'].includes(name)
    ? ['plain', 'protect']
    : ['plain', 'off', 'observe', 'protect', 'throw', 'never', 'adaptive']

/** Where the trace modes are tried: a sync, a late and a field mistake. */
const traced = ['missing-return', 'callback-after-answer', 'late-set-header']

const dies = (scenario: Scenario, framework: Framework) => expectedOutcome(scenario, framework, 'plain').alive === false

const inMode = (mode: Mode, framework: Framework, scenario: Scenario): boolean => {
  if (mode === 'never' || mode === 'adaptive') return traced.includes(scenario.id)
  // Only the newest versions show every native death again.
  if (modesOf(framework).includes('observe') || mode === 'protect') return true
  return scenario.verdict === 'innocent' || !dies(scenario, framework)
}

const all = frameworks.map((framework) => {
  const sources = programSources(framework)
  const own = scenarios.filter(({ id }) => sources.has(id))
  const modes = modesOf(framework).map((mode) => ({
    mode,
    rows: own.filter((scenario) => inMode(mode, framework, scenario)),
  }))
  return { framework, name: framework.name, sources, own, modes }
})

const running = new Map<string, Promise<ReadonlyMap<string, Run>>>()
const keyOf = (framework: Framework, mode: Mode) => `${framework.name} ${mode}`

/** Begins on demand, so that a filtered run is a short one. */
const runOf = (framework: Framework, mode: Mode): Promise<ReadonlyMap<string, Run>> => {
  const key = keyOf(framework, mode)
  const rows = all.find((one) => one.framework === framework)?.modes.find((one) => one.mode === mode)?.rows ?? []
  const run = running.get(key) ?? runMode(framework, mode, rows)
  running.set(key, run)
  return run
}

const seen = async (framework: Framework, mode: Mode, { id }: Scenario): Promise<Observed> => {
  const run = (await runOf(framework, mode)).get(id)
  if (!run) throw new Error(`${id} did not run`)
  if (run instanceof Error) throw run
  return run
}

/** All that must not differ. How many bytes of a cut answer arrive is a matter of luck, and so may be which answer wins. */
const exchangeOf = ({ exchange, alive, uncaught, notes }: Observed, { open = [] }: Outcome) => {
  const ending = open.includes('ending') ? 'any' : exchange.ending
  return {
    ending,
    bytes: open.includes('headers') || ['cut', 'left', 'any'].includes(ending) ? ending : exchange.record,
    ...(open.includes('alive') ? {} : { alive, uncaught: uncaught?.code ?? uncaught?.message }),
    ...(open.includes('notes') ? {} : { notes }),
  }
}

const expectOutcome = (scenario: Scenario, framework: Framework, mode: Mode, observed: Observed) => {
  const expected = expectedOutcome(scenario, framework, mode)
  expect(seenAs(expected, observed)).toEqual(compared(expected))
}

const expectViolations = (scenario: Faulty, framework: Framework, observed: Observed, source: ProgramSource) => {
  const expected = expectedViolations(scenario, framework)
  const told = toldAs(expected, observed.violations, source)
  if (scenario.atMost) expect(expected.slice(0, told.length)).toEqual(told)
  else expect(told).toEqual(expected)
  expect(observed.violations.flatMap((violation) => flawsOf(violation, scenario, framework))).toEqual([])
}

const named = (rows: readonly Scenario[]) => rows.map((row) => [row.verdict, row.id, row.title, row] as const)

describe.each(all.map((one) => [one.framework.name, one] as const))('%s', (_name, { framework, sources, modes }) => {
  beforeAll(() => Promise.all(modes.map(({ mode }) => running.get(keyOf(framework, mode)))), 300_000)

  const usual = modes.filter(({ mode }) => !['never', 'adaptive'].includes(mode))
  describe.each(usual.map((one) => [one.mode, one.rows] as const))('%s', (mode, rows) => {
    test.each(named(rows))('%s %s: %s', async (_verdict, _id, _title, scenario) => {
      const observed = await seen(framework, mode, scenario)
      expectOutcome(scenario, framework, mode, observed)
      if (scenario.verdict === 'innocent' || mode === 'plain' || mode === 'off') expect(observed.violations).toEqual([])
      else expectViolations(scenario, framework, observed, sources.get(scenario.id) as ProgramSource)
      const unchanged = scenario.verdict === 'innocent' || mode === 'off' || mode === 'observe'
      // What dies natively is not run without the guard on the oldest versions.
      if (!unchanged || !inMode('plain', framework, scenario)) return
      const native = expectedOutcome(scenario, framework, 'plain')
      expect(exchangeOf(observed, native)).toEqual(exchangeOf(await seen(framework, 'plain', scenario), native))
    })
  })

  const tracing = modes.filter(({ mode }) => ['never', 'adaptive'].includes(mode))
  if (tracing.length === 0) return
  const rowsIn = (wanted: Mode) => named(tracing.find(({ mode }) => mode === wanted)?.rows ?? [])
  test.each(rowsIn('never'))('never traces the first place of the %s %s', async (_verdict, _id, _title, scenario) => {
    const { violations } = await seen(framework, 'never', scenario)
    expect(violations.map(({ first, second }) => [first?.site, second?.site?.line])).toEqual([
      [undefined, sources.get(scenario.id)?.second],
    ])
  })
  test.each(rowsIn('adaptive'))(
    'traces the first place of the %s %s once it has been seen',
    async (_verdict, _id, _title, scenario) => {
      const { violations } = await seen(framework, 'adaptive', scenario)
      const { first, second } = sources.get(scenario.id) ?? {}
      expect(violations.map((told) => [told.first?.site?.line, told.second?.site?.line])).toEqual([
        [undefined, second],
        [first, second],
      ])
    },
  )
})

test('what ends the process natively does not under protect', async () => {
  const counted = all.filter(({ framework }) => modesOf(framework).includes('observe'))
  const faulty = counted.flatMap(({ framework, own }) =>
    own.filter(({ verdict }) => verdict === 'faulty').map((scenario) => ({ framework, scenario })),
  )
  const dead = async (mode: Mode) => {
    const runs = faulty.map(async (one) => ((await seen(one.framework, mode, one.scenario)).alive ? [] : [one]))
    return (await Promise.all(runs)).flat()
  }
  const natively = await dead('plain')
  const protectedDead = await dead('protect')
  console.log(
    `${natively.length} of ${faulty.length} faulty programs end the process natively, ${protectedDead.length} under protect`,
  )
  expect(natively.length).toBeGreaterThan(70)
  // Errors that nobody handles where nothing was answered are the application's to die of.
  const unhandled = protectedDead.map(
    ({ framework, scenario }) => expectedOutcome(scenario, framework, 'protect').alive,
  )
  expect(unhandled).toEqual(protectedDead.map(() => false))
}, 60_000)

test('every row of the table is run by some framework, and every program has its row', () => {
  const rows = scenarios.map(({ id }) => id)
  const programs = [...new Set(all.flatMap(({ sources }) => [...sources.keys()]))]
  expect(new Set(rows).size).toBe(rows.length)
  expect(programs.sort()).toEqual(rows.sort())
})
