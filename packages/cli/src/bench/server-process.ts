import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { pinned } from './pinning.ts'
import { CONTROL, type Collected, type Counters, type Listening, type Question, type Seen } from './probe.ts'

/** How a server is started: what follows `node` on its command line. */
export interface Launch {
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** The port that the application asks for, where it listens on several. */
  readonly port?: number | undefined
  readonly timeoutMs: number
}

/** Nothing could be measured, and it is not the measurement's fault. */
export class CouldNotRunError extends Error {
  override readonly name = 'CouldNotRunError'
  /** What the server itself has printed last. */
  readonly output: string

  constructor(message: string, output = '') {
    super(message)
    this.output = output
  }
}

const OUTPUT_KEPT = 8000

/** Who listens on a file and on a port does so at once. */
const PORT_AFTER_SOCKET_MS = 1000

/** So long a server may be too busy to say how it is, when all its requests are answered or given up. */
const SAYS_WITHIN_MS = 10_000

/** A heap of gigabytes takes seconds for each collection. */
const COLLECTS_WITHIN_MS = 60_000

const running = new Set<ChildProcess>()

/** Whole process groups: a server may have started others. */
function kill(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Windows has no groups; elsewhere it has gone already.
    child.kill('SIGKILL')
  }
}

process.once('exit', () => {
  for (const child of running) kill(child)
})

/** Processes that a server has started may hold its output open for ever. */
const OUTPUT_AFTER_END_MS = 1000

/** How a process ended, once it has and its output is there: `code 7`, or a signal. */
function endingOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      const tell = () => {
        clearTimeout(timer)
        resolve(signal ?? `code ${code}`)
      }
      const timer = setTimeout(tell, OUTPUT_AFTER_END_MS)
      child.once('close', tell)
    })
  })
}

/** What node needs to load the probe first. From the sources it needs a loader of TypeScript, too. */
export function probeArguments(): readonly string[] {
  const isSource = import.meta.url.endsWith('.ts')
  const probe = new URL(isSource ? './probe.ts' : './probe.js', import.meta.url)
  return [...(isSource ? ['--import', import.meta.resolve('tsx')] : []), '--import', probe.href]
}

interface Answer {
  readonly id?: number
  readonly answer?: unknown
  readonly listening?: Listening
  readonly socket?: string
}

/** A measured server in a process of its own. */
export class ServerProcess {
  readonly #child: ChildProcess
  readonly #control: Duplex
  readonly #waiting = new Map<number, (answer: unknown) => void>()
  readonly #listening: Listening[] = []
  /** A file that it listens on, which nothing can be sent to. */
  #socket = ''
  #onListening: () => void = () => {}
  #lastId = 0
  readonly #ended: Promise<string>
  #output = ''
  #origin = ''
  #speaksHttp1 = true

  private constructor({ args, env }: Launch) {
    const [command = '', ...rest] = [...pinned(), process.execPath, ...args]
    this.#child = spawn(command, rest, {
      env: { ...env, [CONTROL]: '3' },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      // A group of its own: one signal ends all of it, and Ctrl-C does not reach it before we know.
      detached: true,
    })
    running.add(this.#child)
    this.#ended = endingOf(this.#child)
    this.#control = this.#child.stdio[3] as Duplex
    const keep = (chunk: Buffer) => {
      this.#output = (this.#output + chunk.toString()).slice(-OUTPUT_KEPT)
    }
    this.#child.stdout?.on('data', keep)
    this.#child.stderr?.on('data', keep)
    this.#control.on('error', () => {})
    this.#listen()
  }

  /** Starts a server and waits until it listens. @throws {CouldNotRunError} with the server's own output. */
  static async start(launch: Launch): Promise<ServerProcess> {
    const server = new ServerProcess(launch)
    try {
      await server.#untilListening(launch)
      return server
    } catch (error) {
      await server.stop()
      throw error
    }
  }

  /** `http://127.0.0.1:1234` */
  get origin(): string {
    return this.#origin
  }

  get speaksHttp1(): boolean {
    return this.#speaksHttp1
  }

  /** What the server has printed, the last of it. */
  get output(): string {
    return this.#output.trim()
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  counters(): Promise<Counters> {
    return this.#ask('counters')
  }

  collectGarbage(): Promise<void> {
    return this.#ask('collect', COLLECTS_WITHIN_MS)
  }

  watchHeap(): Promise<void> {
    return this.#ask('watch')
  }

  watchedHeap(): Promise<Collected> {
    return this.#ask('watched')
  }

  expectRequests(): Promise<void> {
    return this.#ask('expect')
  }

  seenRequests(): Promise<Seen> {
    return this.#ask('seen')
  }

  async stop(): Promise<void> {
    const hasEnded = this.#child.exitCode !== null || this.#child.signalCode !== null
    const ended = hasEnded ? undefined : once(this.#child, 'exit')
    kill(this.#child)
    await ended
    running.delete(this.#child)
    this.#control.destroy()
  }

  #ask<T>(question: Question, withinMs = SAYS_WITHIN_MS): Promise<T> {
    const id = ++this.#lastId
    let timer: NodeJS.Timeout | undefined
    return new Promise<T>((resolve, reject) => {
      const words = `the server did nothing for ${withinMs / 1000} s while it was measured: is it in a loop?`
      timer = setTimeout(() => reject(new CouldNotRunError(words, this.output)), withinMs)
      void this.#ended.then((how) => {
        reject(new CouldNotRunError(`the server ended with ${how} while it was measured`, this.output))
      })
      this.#waiting.set(id, (answer) => resolve(answer as T))
      this.#control.write(`${JSON.stringify({ id, question })}\n`)
    }).finally(() => clearTimeout(timer))
  }

  #listen(): void {
    let rest = ''
    this.#control.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.#hear(JSON.parse(line) as Answer)
    })
  }

  #hear({ id, answer, listening, socket }: Answer): void {
    if (listening !== undefined || socket !== undefined) {
      if (listening !== undefined) this.#listening.push(listening)
      this.#socket ||= socket ?? ''
      this.#onListening()
    } else if (id !== undefined) {
      this.#waiting.get(id)?.(answer)
      this.#waiting.delete(id)
    }
  }

  /** Why no port is found that can be measured. */
  #whyNoPort({ port, timeoutMs }: Launch): CouldNotRunError {
    const ports = this.#listening.map(({ asked }) => asked).join(', ')
    if (ports === '' && this.#socket !== '') {
      const words = `the server listens on a socket file, ${this.#socket}, and a port is needed: let it listen on $PORT`
      return new CouldNotRunError(words, this.output)
    }
    const words =
      ports === ''
        ? 'no HTTP server was seen to listen in this process (one that is started by it cannot be measured)'
        : `no HTTP server listens on port ${port}, but on ${ports}`
    return new CouldNotRunError(`the server did not start within ${timeoutMs / 1000} s: ${words}`, this.output)
  }

  async #untilListening(launch: Launch): Promise<void> {
    const { port, timeoutMs } = launch
    const timers: NodeJS.Timeout[] = []
    const found = await new Promise<Listening>((resolve, reject) => {
      const refuseAfter = (ms: number) => timers.push(setTimeout(() => reject(this.#whyNoPort(launch)), ms))
      refuseAfter(timeoutMs)
      this.#child.once('error', (error) => reject(new CouldNotRunError(`node did not start: ${error.message}`)))
      void this.#ended.then((how) => {
        reject(new CouldNotRunError(`the server did not start: it ended with ${how}`, this.output))
      })
      this.#onListening = () => {
        const chosen = port === undefined ? this.#listening[0] : this.#listening.find(({ asked }) => asked === port)
        if (chosen !== undefined) resolve(chosen)
        else if (port === undefined) refuseAfter(PORT_AFTER_SOCKET_MS)
      }
    }).finally(() => timers.forEach(clearTimeout))
    this.#speaksHttp1 = found.http1
    this.#origin = `${found.secure ? 'https' : 'http'}://${found.host}:${found.port}`
  }
}
