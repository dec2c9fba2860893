import { METHODS, validateHeaderName, validateHeaderValue } from 'node:http'
import { Command, InvalidArgumentError, Option } from 'commander'
import { type Destinations, sharedDestinations, unwritableReports } from './destinations.ts'
import type { LoadRequest } from './load.ts'
import { whyNoServer } from './server-file.ts'

/** How a run ends, as exit codes. */
export const EXIT_CODES = { pass: 0, over: 1, inconclusive: 2, 'could not run': 3 } as const

/** What a person asks for: `respond-once bench ./server.js …`. */
export interface BenchOptions extends Destinations {
  readonly file: string
  readonly args: readonly string[]
  readonly requests: readonly LoadRequest[]
  readonly port: number | undefined
  readonly connections: number
  readonly pipelining: number
  readonly budgetPercent: number
  readonly maxSeconds: number
  readonly warmUpSeconds: number
  readonly windowSeconds: number
  readonly startMs: number
}

function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above 0.')
  return value
}

/** A whole number from 1 to the most that can be meant. */
const wholeTo = (most: number) => (text: string) => {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`)
}

/** More would need more memory than there is, before anything is measured. */
const MOST_AT_A_TIME = 10_000

const portOf = wholeTo(65_535)

/** autocannon waits for the body that the head of an answer to HEAD announces; a tunnel is no answer. */
const UNMEASURED: readonly string[] = ['HEAD', 'CONNECT']

function methodOf(text: string): string {
  const method = text.toUpperCase()
  if (!METHODS.includes(method)) throw new InvalidArgumentError(`There is no method '${text}'.`)
  if (UNMEASURED.includes(method)) throw new InvalidArgumentError(`${method} cannot be measured.`)
  return method
}

/** `/path`, or a method before it: `POST /path`. */
function pathOf(text: string, before: readonly string[] = []): readonly string[] {
  const [, method, path] = /^(?:(\S+) )?(\/\S*)$/.exec(text) ?? []
  if (path === undefined) throw new InvalidArgumentError("It must be like '/path' or 'POST /path'.")
  return [...before, method === undefined ? path : `${methodOf(method)} ${path}`]
}

const fieldOf = (header: string): string => header.slice(0, header.indexOf(':'))
const contentOf = (header: string): string => header.slice(header.indexOf(':') + 1).trim()

function headerOf(text: string, before: readonly string[] = []): readonly string[] {
  try {
    validateHeaderName(fieldOf(text))
    validateHeaderValue(fieldOf(text), contentOf(text))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new InvalidArgumentError(code === 'ERR_INVALID_CHAR' ? `${message}.` : "It must be like 'name: value'.")
  }
  return [...before, text]
}

interface Parsed extends Destinations {
  readonly path?: readonly string[]
  readonly method: string
  readonly header?: readonly string[]
  readonly body?: string
  readonly port?: number | undefined
  readonly connections: number
  readonly pipelining: number
  readonly budget: number
  readonly timeLimit: number
  readonly warmUp: number
  readonly window: number
  readonly startTimeout: number
}

/** A header that is given twice is sent twice. */
function headersOf(header: readonly string[]): LoadRequest['headers'] {
  const headers: Record<string, string | readonly string[]> = {}
  for (const text of header) {
    const given = fieldOf(text)
    const name = Object.keys(headers).find((known) => known.toLowerCase() === given.toLowerCase()) ?? given
    const before = headers[name]
    // Node takes no list for `Host`, even of one.
    headers[name] = before === undefined ? contentOf(text) : [before, contentOf(text)].flat()
  }
  return headers
}

function requestsOf({ path = ['/'], method, header = [], body }: Parsed): readonly LoadRequest[] {
  const headers = headersOf(header)
  return path.map((text) => {
    const [first = '', second] = text.split(' ')
    const own = second === undefined ? { method, path: first } : { method: first, path: second }
    return { ...own, headers, body }
  })
}

/** A longer one fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

function optionsOf(file: string, args: readonly string[], parsed: Parsed): BenchOptions {
  const { port, connections, pipelining, budget, timeLimit, warmUp, window, startTimeout, json, markdown, html } =
    parsed
  return {
    file,
    args,
    requests: requestsOf(parsed),
    port,
    connections,
    pipelining,
    budgetPercent: budget,
    maxSeconds: timeLimit,
    warmUpSeconds: warmUp,
    windowSeconds: window,
    startMs: Math.min(startTimeout * 1000, LONGEST_TIMER_MS),
    json,
    markdown,
    html,
  }
}

const EXPLANATION = `
The server is run as it is, in fresh processes, with the guard (respondOnce()) and without (RESPOND_ONCE=off), and
with NODE_ENV=production unless that is set. Each process gets a free port of its own in place of the one that it asks
for. What is compared is the server's CPU time per request. A service whose policy locks a rule cannot be run without its
guard: start it with a policy that locks nothing.

Eight pairs of processes are the least that decides. A pair takes 3 processes x (4 s of warming up + 17 windows of 0.1 s),
17 s of CPU time, for each --path: 137 s for eight pairs of one path, which --time-limit must leave. A server that waits
takes up to five times as long.

Exit codes: 0 within the budget, 1 over it, 2 inconclusive, 3 could not run.

Examples:
  $ respond-once bench ./server.js --path /health --budget 2
  $ respond-once bench ./server.js --path /users/1 --path 'POST /orders' --header 'content-type: application/json' --body '{}'
  $ respond-once bench ./server.js --markdown "$GITHUB_STEP_SUMMARY" --html bench.html`

type Parser<T> = (text: string, before: T) => T

/** What is wrong is told in the log of a CI job: not the value of a header or of a query. */
const shown = (text: string): string => text.replace(/^([^\s:?]*[\s:?]).+/s, '$1…')

/** commander stops at the first mistake. Here they are kept, and told together. */
class Mistakes {
  readonly #found: string[] = []

  add(words: string): void {
    this.#found.push(`error: ${words}\n`)
  }

  /** A parser whose mistakes are kept. */
  of<T>(flags: string, parse: Parser<T>): Parser<T> {
    return (text, before) => {
      try {
        return parse(text, before)
      } catch (error) {
        if (!(error instanceof InvalidArgumentError)) throw error
        this.add(`option '${flags}' argument '${shown(text)}' is invalid. ${error.message}`)
        return before
      }
    }
  }

  /** The port of the environment, where none is given. */
  portOf(given: number | undefined): number | undefined {
    const { PORT } = process.env
    // 0 is any port, as without it.
    return given ?? (PORT && PORT !== '0' ? this.of<number | undefined>('$PORT', portOf)(PORT, undefined) : undefined)
  }

  get text(): string {
    return this.#found.join('')
  }
}

/** The command. `run` is given the options; how the process ends is its business. */
export function benchCommand(run: (options: BenchOptions) => Promise<void>): Command {
  const mistakes = new Mistakes()
  const command = new Command('bench')
  const option = <T>(flags: string, description: string, parse: Parser<T>, preset?: T) =>
    command.option<T>(
      flags,
      description,
      mistakes.of(flags, parse) as (text: string, before: unknown) => T,
      preset as T,
    )

  command
    .summary('what the guard costs your own server')
    .description("Measures what the guard costs your own server's requests, and judges it against a budget.")
    .argument('<file>', 'the server, as node would be given it')
    .argument('[args...]', 'arguments of the server, after --')
  option('--path <path>', "a path to ask for, 'POST /path' with a method; may be repeated (default: /)", pathOf)
  option('--method <method>', 'the method of paths that name none', methodOf, 'GET')
  option('--header <header>', "a request header, 'name: value'; may be repeated", headerOf)
  command.option('--body <text>', 'the body of the requests')
  option('--port <port>', 'the port that the server listens on, where it listens on several (default: $PORT)', portOf)
  option('--connections <n>', `connections at a time, ${MOST_AT_A_TIME} at most`, wholeTo(MOST_AT_A_TIME), 10)
  option('--pipelining <n>', 'requests in each connection at a time', wholeTo(MOST_AT_A_TIME), 1)
  option('--budget <percent>', 'how much more CPU time per request is accepted', positive, 2)
  option('--time-limit <seconds>', 'when to stop where nothing is decided yet', positive, 300)
  option(
    '--warm-up <seconds>',
    'CPU time of each server before it is measured, until its code is compiled; after a quarter it collects its garbage',
    positive,
    4,
  )
  option('--window <seconds>', 'CPU time of each server in one of its sixteen windows', positive, 0.1)
  option('--start-timeout <seconds>', 'how long a server may take until it listens', positive, 30)
  return (
    command
      .addOption(new Option('--json [file]', 'write the report as JSON; without a file to standard output'))
      .addOption(new Option('--markdown [file]', 'write it as Markdown, for the summary of a CI job'))
      .addOption(new Option('--html [file]', 'write it as a page with charts'))
      .addHelpText('after', EXPLANATION)
      // What commander finds by itself, an unknown option, comes after what was found in those that it knows.
      .configureOutput({ outputError: (text, write) => write(`${(mistakes.text + text).trimEnd()}\n`) })
      // A mistake on the command line is no verdict.
      .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_CODES['could not run']))
      .action((file: string, args: string[], parsed: Parsed) => {
        const port = mistakes.portOf(parsed.port)
        const useless = [...sharedDestinations(parsed), ...whyNoServer(file), ...unwritableReports(parsed)]
        for (const words of useless) mistakes.add(words)
        if (mistakes.text !== '') command.error('')
        return run(optionsOf(file, args, { ...parsed, port }))
      })
  )
}
