import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Policy, Violation, ViolationKind } from '@respond-once/core'
import type { Order } from './outcome-host.ts'

/** The handlers of one example, and the request that it is asked with. */
export interface Snippet {
  readonly text: string
  readonly method: string
  readonly path: string
  /** The client goes away before it is answered. */
  readonly leaves: boolean
}

/** What a client and a service saw. */
export interface Outcome {
  readonly client: string
  readonly service: string
  readonly violations: readonly Violation[]
}

/** The frameworks that snippets run on. */
export type SnippetFramework = 'express' | 'express4' | 'koa' | 'koa2'

/** Only Koa knows a body that is overwritten; all other snippets are written for Express. */
export function frameworksFor(kind: ViolationKind): readonly [SnippetFramework, SnippetFramework] {
  return kind === 'body-overwritten' ? ['koa', 'koa2'] : ['express', 'express4']
}

const ROOM = fileURLToPath(new URL('../.examples/', import.meta.url))
const HOST = fileURLToPath(new URL('./outcome-host.ts', import.meta.url))
const CLIENT_PATIENCE_MS = 2500
const LEAVES_AFTER_MS = 150
const AFTERMATH_MS = 400

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Short times, so that the documentation does not take long to check. */
export function policyFor(kind: ViolationKind, action: 'report' | 'suppress' | 'throw'): Policy {
  const options = { 'no-response': { afterMs: 300 }, 'truncated-response': { graceMs: 300 } }
  const times = kind in options ? options[kind as keyof typeof options] : undefined
  return { extends: 'observe', rules: { [kind]: times === undefined ? action : [action, times] } }
}

function ask(port: number, { method, path, leaves }: Snippet): Promise<string> {
  return new Promise((resolve) => {
    const sent = request({ port, host: '127.0.0.1', method, path, agent: false }, (response) => {
      let body = ''
      const told = (end: string) => {
        const shown = body === '' ? 'without a body' : `\`${body.trim().replaceAll('\n', '⏎')}\``
        resolve(`${response.statusCode} ${shown}${end}`)
      }
      // Node's own client finds fault with bytes that come after the end.
      sent.removeAllListeners('error').once('error', () => told(', then bytes that belong to no response'))
      response
        .setEncoding('utf8')
        .on('data', (chunk: string) => {
          body += chunk
        })
        .once('end', () => told(''))
        .once('error', () => told(', cut off'))
    })
    sent.once('error', () => resolve('nothing')).end()
    setTimeout(() => resolve('nothing'), CLIENT_PATIENCE_MS).unref()
    if (leaves) setTimeout(() => sent.destroy(), LEAVES_AFTER_MS)
  })
}

function serviceOutcome(ended: boolean, stderr: string): string {
  const code = /\bERR_[A-Z0-9_]+|RESPOND_ONCE_[A-Z_]+/.exec(stderr)?.[0]
  const noise = code === undefined ? (stderr.trim() === '' ? '' : 'an error') : `\`${code}\``
  if (ended) return noise === '' ? '**ends**' : `**ends** by ${noise}`
  return noise === '' ? 'goes on' : `goes on, logs ${noise}`
}

/** A process that runs examples one after another, until one of them ends it. */
class Host {
  readonly #child: ChildProcess
  readonly violations: Violation[] = []
  readonly ended: Promise<void>
  stderr = ''
  hasEnded = false
  #port: ((port: number) => void) | undefined
  #done: (() => void) | undefined

  constructor() {
    const { CI: _ci, VITEST: _vitest, NODE_ENV: _env, FORCE_COLOR: _color, ...env } = process.env
    this.#child = spawn(process.execPath, ['--import', 'tsx', HOST], {
      env: { ...env, NO_COLOR: '1' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.#child.on('message', (message: 'done' | { port?: number; violation?: Violation }) => {
      if (message === 'done') this.#done?.()
      else if (message.port !== undefined) this.#port?.(message.port)
      else if (message.violation !== undefined) this.violations.push(message.violation)
    })
    this.ended = new Promise((resolve) => {
      this.#child.once('close', () => {
        this.hasEnded = true
        resolve()
      })
    })
  }

  async start(order: Order): Promise<number> {
    const port = new Promise<number>((resolve) => {
      this.#port = resolve
    })
    this.#child.send(order)
    const started = await Promise.race([port, this.ended])
    if (started === undefined) throw new Error(`The example does not start:\n${this.stderr}`)
    return started
  }

  /** Waits for what comes after the answer. */
  async aftermath(): Promise<void> {
    await Promise.race([pause(AFTERMATH_MS), this.ended])
    const done = new Promise<void>((resolve) => {
      this.#done = resolve
    })
    if (!this.hasEnded && this.#child.connected) this.#child.send('done?', () => {})
    await Promise.race([done, this.ended])
    await pause(20)
  }

  stop(): void {
    this.#child.kill('SIGKILL')
  }
}

const idle = { plain: [] as Host[], guarded: [] as Host[] }
let files = 0

/** Runs handlers on one framework, asks them once, and waits for what comes after. Without a policy the guard is not there. */
export async function outcomeOf(
  snippet: Snippet,
  framework: SnippetFramework,
  policy: Policy | undefined,
): Promise<Outcome> {
  const pool = policy === undefined ? idle.plain : idle.guarded
  const host = pool.pop() ?? new Host()
  const directory = join(ROOM, `outcomes-${process.pid}`)
  const file = join(directory, `example-${files++}.mjs`)
  mkdirSync(directory, { recursive: true })
  writeFileSync(file, `export const install = (app) => {\n${snippet.text}\n}\n`)
  const [told, printed] = [host.violations.length, host.stderr.length]
  try {
    const client = await ask(await host.start({ file, framework, policy }), snippet)
    await host.aftermath()
    const service = serviceOutcome(host.hasEnded, host.stderr.slice(printed))
    return { client, service, violations: host.violations.slice(told) }
  } finally {
    rmSync(file, { force: true })
    if (!host.hasEnded) pool.push(host)
  }
}

/** Ends the processes that examples ran in. */
export function closeHosts(): void {
  for (const host of [...idle.plain.splice(0), ...idle.guarded.splice(0)]) host.stop()
  rmSync(join(ROOM, `outcomes-${process.pid}`), { recursive: true, force: true })
}
