#!/usr/bin/env node
import { Command } from 'commander'
import { benchCommand } from './bench/options.ts'

const program = new Command('respond-once')
program.description('One request, one response: tools for services that are guarded by respond-once.')
program.addCommand(
  benchCommand(async (options) => {
    const { runBench } = await import('./bench/run.ts')
    process.exitCode = await runBench(options)
  }),
)

await program.parseAsync()
