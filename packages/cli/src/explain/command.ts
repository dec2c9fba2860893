import { CAUSES, VIOLATION_KINDS } from '@respond-once/core'
import { Command } from 'commander'
import { colors } from '../colors.ts'
import { EXIT_CODES } from '../exit.ts'
import { explain, nearestName } from './explain.ts'

/** `respond-once explain double-response`. */
export function explainCommand(): Command {
  return new Command('explain')
    .description('Says what a kind of violation is, how it comes about, and what to change.')
    .argument(
      '<name>',
      'a kind or its code, a cause, or both: double-response, missing-return, double-response/missing-return',
    )
    .addHelpText('after', '\nExit codes: 0 explained, 3 called wrongly.')
    .action((name: string) => {
      const text = explain(name)
      if (text !== undefined) {
        console.log(text.replace(/^(#+) (.*)$/gm, (_line, _depth, title: string) => colors.bold(title)))
        return
      }
      const near = nearestName(name)
      console.error(`error: no kind of violation and no cause is called '${name.slice(0, 80)}'`)
      if (near !== undefined) console.error(`(Did you mean ${near}?)`)
      else console.error(`Kinds are ${VIOLATION_KINDS.join(', ')}; causes are ${CAUSES.join(', ')}.`)
      process.exitCode = EXIT_CODES['called wrongly']
    })
}
