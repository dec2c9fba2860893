import { METHODS } from 'node:http'
import { FRAMEWORKS } from '@respond-once/core'
import { Command, InvalidArgumentError, Option } from 'commander'
import { nearest } from '../nearest.ts'
import { checkPolicies } from './check.ts'
import { type Asked, printPolicy } from './print.ts'

/** The file that is meant where none is named. */
const DEFAULT_FILE = 'respond-once.json'

function oneOf(names: readonly string[], name: string, allowed: string): string {
  if (names.includes(name)) return name
  const near = nearest(name, names)
  const hint = near === undefined ? '' : `\n(Did you mean ${near}?)`
  throw new InvalidArgumentError(`${allowed}.${hint}`)
}

const methodOf = (text: string) => oneOf(METHODS, text.toUpperCase(), 'It must be a method of HTTP, such as GET')
const frameworkOf = (text: string) => oneOf(FRAMEWORKS, text, `Allowed choices are ${FRAMEWORKS.join(', ')}`)

/** `respond-once policy check` and `respond-once policy print`. */
export function policyCommand(): Command {
  const command = new Command('policy').description('Checks policies, and shows the rules that are in force.')
  command
    .command('check')
    .description('Finds every mistake in policies: JSON files, or modules whose default export is one.')
    .argument('[files...]', 'the policies', [DEFAULT_FILE])
    .addHelpText('after', '\nExit codes: 0 all fine, 1 mistakes, 3 called wrongly.')
    .action((files: readonly string[]) => {
      process.exitCode = checkPolicies(files)
    })
  command
    .command('print')
    .description('Shows the rules that are in force, and which policy decided each.')
    .argument('[file]', 'the policy', DEFAULT_FILE)
    .option('--route <pattern>', 'on this route, by its pattern: /users/:id')
    .option('--method <method>', 'for this method of HTTP', methodOf)
    .option('--environment <name>', 'in this environment; without it, what NODE_ENV says')
    .addOption(new Option('--framework <name>', 'on this framework').choices(FRAMEWORKS).argParser(frameworkOf))
    .option('--json', 'as data')
    .addHelpText('after', '\nExit codes: 0 shown, 1 mistakes in the policy, 3 called wrongly.')
    .action((file: string, question: Asked) => {
      process.exitCode = printPolicy(file, question)
    })
  return command
}
