import { InvalidOptionsError } from '@respond-once/core'
import { colors } from '../colors.ts'
import { EXIT_CODES } from '../exit.ts'
import { readPolicy } from './read.ts'

/** The mistakes of a policy, one a line. */
export function mistakesIn(file: string, { problems }: InvalidOptionsError): string {
  const lines = problems.map(({ path, found, allowed, suggestion }) => {
    const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`
    return `  ${colors.bold(path)}: found ${found}; allowed: ${allowed}${hint}`
  })
  return [`${colors.red('wrong')} ${file || "''"}: ${problems.length} mistake(s)`, ...lines].join('\n')
}

/** Says of each file whether it can be used. */
export function checkPolicies(files: readonly string[]): number {
  let code: number = EXIT_CODES.fine
  for (const file of files) {
    const policy = readPolicy(file)
    if (policy instanceof InvalidOptionsError) {
      console.log(mistakesIn(file, policy))
      code = EXIT_CODES.mistakes
      continue
    }
    console.log(`${colors.green('fine')}  ${file}`)
    for (const notice of policy.notices()) console.log(`  ${notice}`)
  }
  return code
}
