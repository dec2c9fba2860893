#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { baselineCommand } from './baseline/command.ts'
import { benchCommand } from './bench/options.ts'
import { EXIT_CODES } from './exit.ts'
import { explainCommand } from './explain/command.ts'
import { policyCommand } from './policy/command.ts'

const program = new Command('respond-once')
program.description('One request, one response: tools for services that are guarded by respond-once.')
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
