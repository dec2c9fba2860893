import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Example } from './markdown.ts'

/** The port that every example of the documentation listens on; a free one takes its place. */
const WRITTEN_PORT = /\b3000\b/g

const ROOM = fileURLToPath(new URL('../.examples/', import.meta.url))

/** What `npx respond-once` runs. */
const COMMAND = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))

/** What running an example has shown. */
export interface Seen {
  /** What each command printed. */
  readonly outputs: readonly string[]
  /** What the service printed on its terminal. */
  readonly log: string
}

/** From below where systems take ports for who asks for any: another test's server may get one of those in the meantime. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 30_000)
    const server = createServer().listen(port)
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    await once(server.close(), 'close')
    return port
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  }).finally(() => socket.destroy())
}

/** One `node` of an example. */
class Service {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  ended = false

  constructor(directory: string, args: readonly string[]) {
    // The same programs run from the packages' sources, on something that says it is a terminal.
    const terminal = 'data:text/javascript,process.stderr.isTTY = true'
    const { CI: _ci, VITEST: _vitest, NODE_ENV: _env, FORCE_COLOR: _color, ...env } = process.env
    this.child = spawn(process.execPath, ['--import', 'tsx', '--import', terminal, ...args], {
      cwd: directory,
      env: { ...env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.child.once('close', () => {
      this.ended = true
    })
  }

  async untilListening(port: number): Promise<void> {
    const deadline = Date.now() + 20_000
    while (!this.ended && Date.now() < deadline) {
      if (await accepts(port)) return
      await pause(25)
    }
    throw new Error(`The example does not listen:\n${this.stderr}`)
  }

  async untilEnded(): Promise<void> {
    const deadline = Date.now() + 20_000
    while (!this.ended && Date.now() < deadline) await pause(25)
  }

  /** Until as many lines have been printed as the page shows, and a little longer, for more of them. */
  async untilPrinted(lines: number): Promise<void> {
    const deadline = Date.now() + 10_000
    while (this.stderr.split('\n').length <= lines && Date.now() < deadline) await pause(25)
    await pause(200)
  }

  stop(): void {
    this.child.kill('SIGKILL')
  }
}

/** What `curl` prints for a request. */
function curl(port: number, line: string): Promise<string> {
  const method = /-X (\S+)/.exec(line)?.[1] ?? 'GET'
  const path = /localhost:\d+(\/\S*)?/.exec(line)?.[1] ?? '/'
  return new Promise((resolve) => {
    request({ port, host: '127.0.0.1', method, path, agent: false }, (response) => {
      let body = ''
      response
        .setEncoding('utf8')
        .on('data', (text: string) => {
          body += text
        })
        .once('error', () => resolve(`${body}\ncurl: (18) transfer closed with outstanding read data remaining`.trim()))
        .once('end', () => resolve(body.trim()))
    })
      .once('error', () => resolve('curl: (52) Empty reply from server'))
      .end()
  })
}

/** Writes the files of an example, runs its commands in their order, and hands back what was printed. */
export async function play({ files, commands, log }: Example, name: string): Promise<Seen> {
  const directory = join(ROOM, name)
  const port = await freePort()
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  // A package of its own, as a reader's is: fingerprints are made of the paths below it.
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }\n')
  for (const [file, text] of files) {
    mkdirSync(dirname(join(directory, file)), { recursive: true })
    writeFileSync(join(directory, file), `${text.replace(WRITTEN_PORT, String(port))}\n`)
  }
  const outputs: string[] = []
  let service: Service | undefined
  try {
    for (const { line } of commands) {
      const [program, ...args] = line.split(' ')
      if (program === 'curl') {
        outputs.push(await curl(port, line))
      } else if (program === 'node') {
        const background = args.at(-1) === '&'
        service?.stop()
        service = new Service(directory, background ? args.slice(0, -1) : args)
        if (background) await service.untilListening(port)
        else await service.untilEnded()
        outputs.push(background ? '' : service.stdout.trim())
      } else if (program === 'npx' && args[0] === 'respond-once') {
        const command = new Service(directory, [COMMAND, ...args.slice(1)])
        await command.untilEnded()
        outputs.push(command.stdout.trim())
      } else throw new Error(`The examples know node, curl and respond-once, not ${program}`)
    }
    if (log !== undefined) await service?.untilPrinted(log.split('\n').length)
    return { outputs, log: (service?.stderr ?? '').trim() }
  } finally {
    service?.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}
