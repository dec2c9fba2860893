import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Framework } from '../frameworks/framework.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import type { Exchange } from '../wire/exchange.ts'
import { visitHttp1 } from '../wire/http1.ts'
import { visitHttp2 } from '../wire/http2.ts'
import type { Order, Report, ToldViolation, Uncaught } from './messages.ts'
import { guardSettings, type Mode } from './modes.ts'
import type { ProgramSource } from './program-source.ts'

/** What one run of one scenario showed. */
export interface Observed {
  readonly exchange: Exchange
  /** More than one where the visit is repeated. */
  readonly exchanges: readonly Exchange[]
  readonly alive: boolean
  readonly uncaught: Uncaught | undefined
  readonly violations: readonly ToldViolation[]
  readonly notes: readonly string[]
  readonly stderr: string
}

interface Listener {
  readonly hear: (report: Report) => void
  readonly died: () => void
}

/** `outlive`: what would have ended the process only ends the program, and the next one may follow. */
export type Fate = 'mortal' | 'outlive'

/** A dying process closes its connections, if not always before the client stops looking. */
const endedByDeath = (exchange: Exchange): Exchange => ({
  ...exchange,
  ending: exchange.ending === 'complete' ? 'closed' : exchange.ending === 'hang' ? 'cut' : exchange.ending,
})

const childFile = fileURLToPath(new URL('../child.ts', import.meta.url))
const folder = fileURLToPath(new URL('../..', import.meta.url))

/** A Node process that serves one program after another until one of them ends it. */
export class Child {
  readonly #listeners = new Map<string, Listener>()
  readonly #spawned: ChildProcess
  readonly #ready: Promise<void>
  readonly gone: Promise<void>
  readonly #framework: Framework
  readonly #mode: Mode
  #alive = true
  #settles = 0
  #stderr = ''
  #uncaught: Uncaught | undefined

  constructor(framework: Framework, mode: Mode, fate: Fate = 'mortal') {
    this.#framework = framework
    this.#mode = mode
    const env = { ...process.env, RESPOND_ONCE: mode === 'off' ? 'off' : undefined, NODE_ENV: 'development' }
    this.#spawned = spawn(process.execPath, ['--import', 'tsx', childFile, framework.name, mode, fate], {
      cwd: folder,
      env: Object.fromEntries(
        Object.entries(env).filter(([name, value]) => value !== undefined && name !== 'NODE_OPTIONS'),
      ),
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.#spawned.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk
    })
    // Its last words come over several channels; all must have closed before it counts as gone.
    const exited = new Promise<void>((resolve) => {
      this.#spawned.once('exit', (code, signal) => {
        this.#stderr += `\nended with ${signal ?? code}`
        resolve()
      })
    })
    const read = new Promise<void>((resolve) => this.#spawned.stderr?.once('close', resolve))
    const silent = new Promise<void>((resolve) => this.#spawned.once('disconnect', resolve))
    this.gone = Promise.all([exited, silent, read]).then(() => this.#bury())
    this.#ready = new Promise((resolve) => {
      this.#spawned.on('message', (report: Report) => {
        if (report.report === 'ready') resolve()
        else this.#hear(report)
      })
      this.gone.then(resolve)
    })
  }

  get alive(): boolean {
    return this.#alive
  }

  end(): Promise<void> {
    if (this.#spawned.connected) this.#spawned.disconnect()
    return this.gone
  }

  /** A run that never comes to its end fails, and its process is ended. On a busy machine it takes long to start. */
  async run(scenario: Scenario, source: ProgramSource, times = 1): Promise<Observed> {
    await this.#ready
    const { promise, reject } = deferred<never>()
    const timer = setTimeout(() => {
      this.#spawned.kill('SIGKILL')
      reject(new Error(`${scenario.id} did not come to an end`))
    }, 60_000)
    return Promise.race([this.#run(scenario, source, times), promise]).finally(() => clearTimeout(timer))
  }

  async #run(scenario: Scenario, source: ProgramSource, times: number): Promise<Observed> {
    if (!this.#alive) throw new Error(`the child did not start: ${this.#stderr}`)
    const { id } = scenario
    const violations: ToldViolation[] = []
    const notes: string[] = []
    const heard = deferred<number>()
    const asked = deferred<void>()
    let died = false
    this.#uncaught = undefined
    this.#listeners.set(id, {
      died: () => {
        died = true
        heard.reject(new Error(`the child is gone: ${this.#stderr}`))
      },
      hear: (report) => {
        if (report.report === 'violation') violations.push(report.violation)
        else if (report.report === 'note') notes.push(report.text)
        else if (report.report === 'refused') heard.reject(new Error(`${id} could not start: ${report.why}`))
        else if (report.report === 'listening') heard.resolve(report.port)
        else if (report.report === 'asked') asked.resolve()
      },
    })
    const settings = guardSettings(scenario, this.#mode === 'plain' ? 'observe' : this.#mode)
    this.#order({ order: 'start', id, file: source.file, ...settings })
    const port = await heard.promise
    const exchanges: Exchange[] = []
    const visit = this.#framework.wire === 'http2' ? visitHttp2 : visitHttp1
    for (let time = 0; time < times; time++)
      exchanges.push(await visit(port, scenario.visit, (ms) => this.#settle(id, ms), asked.promise))
    await this.#stop(id)
    const alive = this.#alive && !died
    const [exchange] = alive ? exchanges : exchanges.map(endedByDeath)
    if (!exchange) throw new Error('nothing was exchanged')
    return { exchange, exchanges, alive, uncaught: this.#uncaught, violations, notes, stderr: this.#stderr }
  }

  #settle(id: string, ms: number): Promise<void> {
    this.#settles++
    const number = this.#settles
    const isReply = (report: Report) => report.report === 'settled' && report.number === number
    return this.#replied(id, isReply, { order: 'settle', id, ms, number })
  }

  async #stop(id: string): Promise<void> {
    await this.#replied(id, ({ report }) => report === 'stopped', { order: 'stop', id })
    this.#listeners.delete(id)
  }

  /** Resolves with the reply, or with the end of the process. */
  async #replied(id: string, isReply: (report: Report) => boolean, order: Order): Promise<void> {
    const current = this.#listeners.get(id)
    if (!this.#alive || !current) return
    // Whoever waits already stays below: replies come in any order.
    await new Promise<void>((resolve) => {
      this.#listeners.set(id, {
        died: () => {
          current.died()
          resolve()
        },
        hear: (report) => (isReply(report) ? resolve() : current.hear(report)),
      })
      this.#order(order)
    })
  }

  #order(order: Order): void {
    if (this.#spawned.connected) this.#spawned.send(order, () => {})
  }

  #hear(report: Report): void {
    if (report.report === 'uncaught') this.#uncaught = report.error
    else if (report.report === 'died') this.#listeners.get(report.id)?.died()
    else if (report.report !== 'ready') this.#listeners.get(report.id)?.hear(report)
  }

  #bury(): void {
    this.#alive = false
    for (const { died } of this.#listeners.values()) died()
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
}

const deferred = <T>(): Deferred<T> => {
  let resolve: (value: T) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil
    reject = refuse
  })
  promise.catch(() => {})
  return { promise, resolve, reject }
}
