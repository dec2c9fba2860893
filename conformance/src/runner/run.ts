import { availableParallelism } from 'node:os'
import type { Framework } from '../frameworks/framework.ts'
import { expectedOutcome } from '../scenarios/expected.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import { Child, type Observed } from './child-process.ts'
import type { Mode } from './modes.ts'
import { type ProgramSource, programSources } from './program-source.ts'

export type Run = Observed | Error

/** Programs that are not expected to end their process run side by side; more would make timers late. */
const sideBySide = 8

class Slots {
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(free: number) {
    this.#free = free
  }

  async use<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }
}

// More than there are cores, because programs mostly wait.
const processes = new Slots(availableParallelism() * 2)

/** Runs the scenarios of one framework under one mode. */
class ModeRun {
  readonly runs = new Map<string, Run>()
  readonly #framework: Framework
  readonly #mode: Mode
  readonly #sources: ReadonlyMap<string, ProgramSource>

  constructor(framework: Framework, mode: Mode) {
    this.#framework = framework
    this.#mode = mode
    this.#sources = programSources(framework)
  }

  async all(scenarios: readonly Scenario[]): Promise<void> {
    const staysAlive = (scenario: Scenario) => expectedOutcome(scenario, this.#framework, this.#mode).alive !== false
    const dying = scenarios.filter((scenario) => !staysAlive(scenario))
    const disturbed = this.#together(scenarios.filter(staysAlive))
    if (this.#mode === 'plain') await Promise.all(dying.map((scenario) => this.#alone(scenario)))
    else await this.#oneByOne(dying)
    await Promise.all((await disturbed).map((scenario) => this.#alone(scenario)))
  }

  /** A process that dies takes nobody with it: who shared it is returned, to run again. */
  #together(scenarios: readonly Scenario[]): Promise<readonly Scenario[]> {
    const disturbed: Scenario[] = []
    const queue = [...scenarios]
    return processes.use(async () => {
      if (queue.length === 0) return disturbed
      const child = new Child(this.#framework, this.#mode)
      const worker = async () => {
        for (let scenario = queue.shift(); scenario; scenario = queue.shift()) {
          const run = child.alive ? await this.#visit(child, scenario) : undefined
          if (!run || !child.alive || run instanceof Error) disturbed.push(scenario)
          else this.runs.set(scenario.id, run)
        }
      }
      await Promise.all(Array.from({ length: sideBySide }, worker))
      await child.end()
      return disturbed
    })
  }

  /** Deaths that the plain run has shown to be real are not died again. */
  #oneByOne(scenarios: readonly Scenario[]): Promise<void> {
    return processes.use(async () => {
      if (scenarios.length === 0) return
      const child = new Child(this.#framework, this.#mode, 'outlive')
      for (const scenario of scenarios) this.runs.set(scenario.id, await this.#visit(child, scenario))
      await child.end()
    })
  }

  #alone(scenario: Scenario): Promise<void> {
    return processes.use(async () => {
      const child = new Child(this.#framework, this.#mode)
      this.runs.set(scenario.id, await this.#visit(child, scenario))
      await child.end()
    })
  }

  #visit(child: Child, scenario: Scenario): Promise<Run> {
    const source = this.#sources.get(scenario.id) as ProgramSource
    // The adaptive trace learns from the first visit.
    const visits = this.#mode === 'adaptive' ? 2 : 1
    return child.run(scenario, source, visits).catch((error: unknown) => error as Error)
  }
}

export const runMode = async (
  framework: Framework,
  mode: Mode,
  scenarios: readonly Scenario[],
): Promise<ReadonlyMap<string, Run>> => {
  const modeRun = new ModeRun(framework, mode)
  await modeRun.all(scenarios)
  return modeRun.runs
}
