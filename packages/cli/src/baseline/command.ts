import { createReadStream, statSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { compilePolicy, InvalidOptionsError } from '@respond-once/core'
import { Command, InvalidArgumentError, Option } from 'commander'
import { EXIT_CODES } from '../exit.ts'
import { mistakesIn } from '../policy/check.ts'
import { type Baseline, baselineOf } from './baseline.ts'

interface Parsed {
  readonly days: number
  readonly action: 'off' | 'report' | 'suppress'
  readonly reason: string
  readonly output?: string
}

function daysOf(text: string): number {
  const days = Number(text)
  if (!Number.isInteger(days) || days < 1 || days > 3650) {
    throw new InvalidArgumentError('It must be a whole number of days, from 1 to 3650.')
  }
  return days
}

/** Node opens a folder without a word, and fails when it is read. */
function refuseNoFile(log: string): void {
  const isFolder = statSync(log, { throwIfNoEntry: false })?.isDirectory() === true
  if (log !== '' && !isFolder) return
  const found = isFolder ? 'a folder' : 'an empty name'
  throw new Error(`${log || 'log'}: found ${found}; allowed: the file of a log, or - for standard input`)
}

/** Whoever extends what was written finds out when a service starts; whoever writes it can still mend it. */
function refuseUnusable({ policy }: Baseline): void {
  try {
    compilePolicy(policy, { path: ['baseline'] })
  } catch (error) {
    throw error instanceof InvalidOptionsError ? new Error(mistakesIn('baseline', error)) : error
  }
}

async function run(log: string, { days, action, reason, output }: Parsed): Promise<number> {
  refuseNoFile(log)
  const input = log === '-' ? process.stdin : createReadStream(log)
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  const baseline = await baselineOf(lines, { action, reason, days, now: Date.now() })
  refuseUnusable(baseline)
  const { policy, violations, others } = baseline
  const text = `${JSON.stringify(policy, undefined, 2)}\n`
  if (output === undefined) process.stdout.write(text)
  else writeFileSync(output, text)
  console.error(
    `${violations} violation(s), ${policy.exemptions.length} of them different; ${others} other line(s) left aside.`,
  )
  return EXIT_CODES.fine
}

/** `respond-once baseline violations.log`. */
export function baselineCommand(): Command {
  return new Command('baseline')
    .description('Makes dated exemptions of the violations in a log of JSON lines: a policy for `extends`.')
    .argument('[log]', 'the log; - is standard input', '-')
    .option('--days <number>', 'for how many days they are exempted', daysOf, 90)
    .addOption(
      new Option('--action <action>', 'what is done about them at most')
        .choices(['off', 'report', 'suppress'])
        .default('report'),
    )
    .option('--reason <text>', 'why, for whoever reads it later: a ticket', 'baseline')
    .option('--output <file>', 'where the policy is written; standard output without it')
    .addHelpText(
      'after',
      '\nExit codes: 0 written, 1 the log cannot be read, or no policy can be made of it, 3 called wrongly.',
    )
    .action(async (log: string, parsed: Parsed) => {
      try {
        process.exitCode = await run(log, parsed)
      } catch (error) {
        console.error(error instanceof Error ? error.message : error)
        process.exitCode = EXIT_CODES.mistakes
      }
    })
}
