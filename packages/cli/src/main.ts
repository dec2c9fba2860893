#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { baselineCommand } from './baseline/command.ts'
import { benchCommand } from './bench/options.ts'
import { EXIT_CODES } from './exit.ts'
import { explainCommand } from './explain/command.ts'
import { policyCommand } from './policy/command.ts'

/** The package's own file, beside `src` as beside `dist`. It is read when it is asked for: commands may be bundled without it. */
function tellVersion(): never {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  console.log(version)
  throw new CommanderError(0, 'commander.version', version)
}

const program = new Command('respond-once')
program.description('One request, one response: tools for services that are guarded by respond-once.')
program.option('-V, --version', 'which version this is').on('option:version', tellVersion)
program.addCommand(policyCommand())
program.addCommand(explainCommand())
program.addCommand(baselineCommand())
program.addCommand(
  benchCommand(async (options) => {
    const { runBench } = await import('./bench/run.ts')
    process.exitCode = await runBench(options)
  }),
)

/** Who calls a command wrongly is not told that mistakes were found. */
function exitByCodes(command: Command): void {
  command.exitOverride()
  for (const below of command.commands) exitByCodes(below)
}

exitByCodes(program)

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? EXIT_CODES.fine : EXIT_CODES['called wrongly']
}
