import { frameworkNamed } from './frameworks/all.ts'
import { Child } from './runner/child-process.ts'
import { modeArgument } from './runner/messages.ts'
import { programSources } from './runner/program-source.ts'
import { scenarios } from './scenarios/table.ts'
import { headerOf, textOf } from './wire/exchange.ts'

// Shows what one scenario does: node --import tsx src/show.ts express5 protect missing-return …
const [frameworkName = '', modeName, ...ids] = process.argv.slice(2)
const framework = frameworkNamed(frameworkName)
const mode = modeArgument(modeName)
const sources = programSources(framework)
const place = (one: { operation: string; site?: { file: string; line: number } } | undefined): string =>
  one ? `${one.operation}@${one.site ? `${one.site.file.split('/').at(-1)}:${one.site.line}` : '-'}` : 'none'

const one = async (id: string): Promise<void> => {
  const scenario = scenarios.find((candidate) => candidate.id === id)
  const source = sources.get(id)
  if (!scenario || !source) return console.log(`${id}: ${scenario ? 'no program' : 'no row'}`)
  const child = new Child(framework, mode)
  const run = await child.run(scenario, source, mode === 'adaptive' ? 2 : 1).catch((error: Error) => error)
  await child.end()
  if (run instanceof Error) return console.log(`${id}: ${run.message}`)
  const { exchange, alive, uncaught, violations, notes } = run
  const answer = exchange.answers.at(-1)
  const seen = answer ? `${answer.status} ${JSON.stringify(textOf(answer).slice(0, 60))}` : 'nothing'
  const location = headerOf(answer, 'location')
  console.log(
    `${id}: ${seen} ${exchange.ending}${exchange.reset ? ' reset' : ''} ${alive ? 'alive' : `DEAD ${uncaught?.code ?? uncaught?.message}`}` +
      `${exchange.informational.length ? ` 1xx ${exchange.informational.map(({ status }) => status)}` : ''}` +
      `${location ? ` -> ${location}` : ''}${notes.length ? ` notes ${JSON.stringify(notes)}` : ''}`,
  )
  for (const told of violations)
    console.log(
      `    ${told.action} ${told.kind} ${told.cause} ${place(told.first)} ${place(told.second)} ${told.route}`,
    )
  if (process.env.VERBOSE) console.log(exchange.record, run.stderr, violations)
}

const wanted = ids.length ? ids : scenarios.map(({ id }) => id)
const queue = [...wanted]
const worker = async () => {
  for (let id = queue.shift(); id; id = queue.shift()) await one(id)
}
await Promise.all([worker(), worker(), worker()])
