import { Command } from 'commander'
import { colors } from '../colors.ts'
import { EXIT_CODES } from '../exit.ts'
import { explain, nearestKind } from './explain.ts'

/** `respond-once explain double-response`. */
export function explainCommand(): Command {
  return new Command('explain')
    .description('Says what a kind of violation is, how it comes about, and what to change.')
    .argument('<kind>', 'a kind, or its code: double-response, RESPOND_ONCE_DOUBLE_RESPONSE')
    .addHelpText('after', '\nExit codes: 0 explained, 3 called wrongly.')
    .action((name: string) => {
      const text = explain(name)
      if (text !== undefined) {
        console.log(text.replace(/^(#+) (.*)$/gm, (_line, _depth, title: string) => colors.bold(title)))
        return
      }
      const near = nearestKind(name)
      console.error(`error: no kind of violation is called '${name.slice(0, 80)}'`)
      if (near !== undefined) console.error(`(Did you mean ${near}?)`)
      process.exitCode = EXIT_CODES['called wrongly']
    })
}
