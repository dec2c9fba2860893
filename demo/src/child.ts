import { type ChildProcess, fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Violation } from '@respond-once/core'
import type { Message } from './parent.ts'
import type { Framework } from './scenarios.ts'

/** The folder of the demo; paths are shown relative to it. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))
const START_MS = 60_000

/** What a service did and said since it was last asked. */
export interface Happenings {
  readonly violations: readonly Violation[]
  /** Handlers that said they ran. */
  readonly reached: readonly string[]
  readonly stdout: string
  readonly stderr: string
  /** How the process ended, if it did: `exit 1` or a signal. */
  readonly died: string | undefined
}

/** The faulty service as a child process, plain or guarded. It is started again when it has died. */
export class Service {
  readonly framework: Framework
  readonly guarded: boolean
  #child: ChildProcess | undefined
  #port: Promise<number> | undefined
  #violations: Violation[] = []
  #reached: string[] = []
  #stdout = ''
  #stderr = ''
  #died: string | undefined
  #stopped = false
  #heardAt = 0
  readonly #pongs = new EventEmitter()

  constructor(framework: Framework, guarded: boolean) {
    this.framework = framework
    this.guarded = guarded
  }

  /** The port, once the service listens. Starts a process when none has been started. */
  port(): Promise<number> {
    this.#port ??= this.#start()
    return this.#port
  }

  /** Forgets what was said so far. */
  clear(): void {
    this.#violations = []
    this.#reached = []
    this.#stdout = ''
    this.#stderr = ''
    this.#died = undefined
  }

  /** Waits until the service has said nothing for `ms` and is idle, and returns everything it said. */
  async settle(ms: number): Promise<Happenings> {
    let quietSince = performance.now()
    for (;;) {
      await delay(quietSince + ms - performance.now())
      // Silence alone proves nothing: on a busy machine the service may not have come to its next mistake yet.
      if (this.#heardAt <= quietSince) await this.idle()
      if (this.#heardAt <= quietSince) return this.#happenings()
      quietSince = this.#heardAt
    }
  }

  /**
   * Resolves when the service has read a message and what it said before has arrived, or when it is dead.
   * Whatever was due in it before then has happened.
   */
  async idle(): Promise<void> {
    if (!this.#child) return
    const answered = once(this.#pongs, 'pong')
    this.#child.send('ping', () => {})
    await answered
    // Its output comes by other pipes than its messages.
    await delay(20)
  }

  /** Ends the process for good, at once. */
  stop(): void {
    this.#stopped = true
    this.#child?.kill('SIGKILL')
  }

  #happenings(): Happenings {
    return {
      violations: this.#violations,
      reached: this.#reached,
      stdout: this.#stdout,
      stderr: this.#stderr,
      died: this.#died,
    }
  }

  #start(): Promise<number> {
    const child = fork(`src/services/${this.framework}.ts`, {
      cwd: ROOT,
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: serviceEnvironment(this.guarded),
    })
    this.#child = child
    child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#tell(() => (this.#stdout += text)))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#tell(() => (this.#stderr += text)))

    return new Promise((resolve, reject) => {
      let ready = false
      const late = setTimeout(() => {
        reject(this.#failure(`did not listen within ${START_MS / 1_000} s`))
        child.kill('SIGKILL')
      }, START_MS)
      child.on('message', (message: Message) => {
        if (message.type === 'listening') {
          clearTimeout(late)
          ready = true
          resolve(message.port)
        } else if (message.type === 'pong') {
          this.#pongs.emit('pong')
        } else this.#tell(() => this.#note(message))
      })
      child.on('error', reject)
      // Not 'exit': what it wrote last would still be on its way.
      child.on('close', (code, signal) => {
        clearTimeout(late)
        const died = signal ?? `exit ${code}`
        this.#child = undefined
        this.#tell(() => (this.#died = died))
        this.#pongs.emit('pong')
        // Has no effect on one that was ready; that one is started again at once, to be ready for the next request.
        reject(this.#failure(`ended (${died}) before it listened`))
        if (ready) this.#restart()
      })
    })
  }

  #restart(): void {
    if (this.#stopped) return
    this.#port = this.#start()
    // Whoever asks for the port next hears of a failure.
    this.#port.catch(() => {})
  }

  #failure(what: string): Error {
    return new Error(
      `The ${this.guarded ? 'guarded' : 'plain'} ${this.framework} service ${what}.\n${this.#stderr}`.trimEnd(),
    )
  }

  #note(message: Exclude<Message, { type: 'listening' | 'pong' }>): void {
    if (message.type === 'violation') this.#violations.push(message.violation)
    else this.#reached.push(message.handler)
  }

  #tell(change: () => void): void {
    change()
    this.#heardAt = performance.now()
  }
}

function serviceEnvironment(guarded: boolean): NodeJS.ProcessEnv {
  // Both run alike on every machine, whatever the shell has set; RESPOND_ONCE could switch the guard off.
  const { GUARD: _guard, RESPOND_ONCE: _switch, ...rest } = process.env
  const environment = { ...rest, NODE_ENV: 'development', NO_COLOR: '1' }
  return guarded ? { ...environment, GUARD: '1' } : environment
}
