import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The processors that this process may use, as Linux lists them: `0-3,8`. */
function allowedProcessors(): readonly number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
  return list.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, at) => first + at)
  })
}

let found: readonly string[] | undefined

/**
 * What a command line begins with so that all measured servers run on the same processor, one at a time. Processors are
 * not alike: one has the interrupts, or a busy sibling in the same core, and a process tends to stay where it was started.
 * Where there is no `taskset`, or one processor only, it is nothing.
 */
export function pinned(): readonly string[] {
  if (found !== undefined) return found
  try {
    const processors = allowedProcessors()
    const command = ['taskset', '-c', String(processors.at(-1))]
    execFileSync('taskset', [...command.slice(1), 'true'], { stdio: 'ignore' })
    found = processors.length > 1 ? command : []
  } catch {
    found = []
  }
  return found
}
