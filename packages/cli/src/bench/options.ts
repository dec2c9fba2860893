import { Command, InvalidArgumentError, Option } from 'commander'
import type { LoadRequest } from './load.ts'

/** How a run ends, as exit codes. */
export const EXIT_CODES = { pass: 0, over: 1, inconclusive: 2, 'could not run': 3 } as const

/** What a person asks for: `respond-once bench ./server.js …`. */
export interface BenchOptions {
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
  /** Where a report goes: a file, or true for standard output. */
  readonly json: string | true | undefined
  readonly markdown: string | true | undefined
  readonly html: string | true | undefined
}

function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above 0.')
  return value
}

function whole(text: string): number {
  const value = positive(text)
  if (!Number.isInteger(value)) throw new InvalidArgumentError('It must be a whole number.')
  return value
}

/** `/path`, or a method before it: `POST /path`. */
function pathOf(text: string, before: readonly string[] = []): readonly string[] {
  if (!/^([A-Za-z]+ )?\/\S*$/.test(text)) throw new InvalidArgumentError("It must be like '/path' or 'POST /path'.")
  return [...before, text]
}

function headerOf(text: string, before: readonly string[] = []): readonly string[] {
  if (!/^[^\s:]+:/.test(text)) throw new InvalidArgumentError("It must be like 'name: value'.")
  return [...before, text]
}

interface Parsed {
  readonly path?: readonly string[]
  readonly method: string
  readonly header?: readonly string[]
  readonly body?: string
  readonly port?: number
  readonly connections: number
  readonly pipelining: number
  readonly budget: number
  readonly timeLimit: number
  readonly warmUp: number
  readonly window: number
  readonly startTimeout: number
  readonly json?: string | true
  readonly markdown?: string | true
  readonly html?: string | true
}

function requestsOf({ path = ['/'], method, header = [], body }: Parsed): readonly LoadRequest[] {
  const pairs = header.map((text) => [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1).trim()])
  return path.map((text) => {
    const [first = '', second] = text.split(' ')
    const own = second === undefined ? { method, path: first } : { method: first, path: second }
    return { ...own, method: own.method.toUpperCase(), headers: Object.fromEntries(pairs), body }
  })
}

function optionsOf(file: string, args: readonly string[], parsed: Parsed): BenchOptions {
  const { port, connections, pipelining, budget, timeLimit, warmUp, window, startTimeout, json, markdown, html } =
    parsed
  return {
    file,
    args,
    requests: requestsOf(parsed),
    port: port ?? (process.env.PORT ? Number(process.env.PORT) : undefined),
    connections,
    pipelining,
    budgetPercent: budget,
    maxSeconds: timeLimit,
    warmUpSeconds: warmUp,
    windowSeconds: window,
    startMs: startTimeout * 1000,
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

Exit codes: 0 within the budget, 1 over it, 2 inconclusive, 3 could not run.

Examples:
  $ respond-once bench ./server.js --path /health --budget 2
  $ respond-once bench ./server.js --path /users/1 --path 'POST /orders' --header 'content-type: application/json' --body '{}'
  $ respond-once bench ./server.js --markdown "$GITHUB_STEP_SUMMARY" --html bench.html`

/** The command. `run` is given the options; how the process ends is its business. */
export function benchCommand(run: (options: BenchOptions) => Promise<void>): Command {
  return (
    new Command('bench')
      .summary('what the guard costs your own server')
      .description("Measures what the guard costs your own server's requests, and judges it against a budget.")
      .argument('<file>', 'the server, as node would be given it')
      .argument('[args...]', 'arguments of the server, after --')
      .option('--path <path>', "a path to ask for, 'POST /path' with a method; may be repeated (default: /)", pathOf)
      .option('--method <method>', 'the method of paths that name none', 'GET')
      .option('--header <header>', "a request header, 'name: value'; may be repeated", headerOf)
      .option('--body <text>', 'the body of the requests')
      .option(
        '--port <port>',
        'the port that the server listens on, where it listens on several (default: $PORT)',
        whole,
      )
      .option('--connections <n>', 'connections at a time', whole, 10)
      .option('--pipelining <n>', 'requests in each connection at a time', whole, 1)
      .option('--budget <percent>', 'how much more CPU time per request is accepted', positive, 2)
      .option('--time-limit <seconds>', 'when to stop where nothing is decided yet', positive, 300)
      .option(
        '--warm-up <seconds>',
        'CPU time of each server before it is measured: until its code is compiled',
        positive,
        3,
      )
      .option('--window <seconds>', 'CPU time of each server in one of its sixteen windows', positive, 0.1)
      .option('--start-timeout <seconds>', 'how long a server may take until it listens', positive, 30)
      .addOption(new Option('--json [file]', 'write the report as JSON; without a file to standard output'))
      .addOption(new Option('--markdown [file]', 'write it as Markdown, for the summary of a CI job'))
      .addOption(new Option('--html [file]', 'write it as a page with charts'))
      .addHelpText('after', EXPLANATION)
      // A mistake on the command line is no verdict.
      .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_CODES['could not run']))
      .action((file: string, args: string[], parsed: Parsed) => run(optionsOf(file, args, parsed)))
  )
}
