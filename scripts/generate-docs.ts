import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import {
  allocationsSection,
  benchmarkPictures,
  growthSection,
  instructionsSection,
  loadSection,
  machineSection,
  microSection,
  variantsSection,
} from '../benchmarks/src/page.ts'
import { behaviour } from '../docs/src/behaviour.ts'
import { blocksOf, sectionOf } from '../docs/src/markdown.ts'
import { closeHosts } from '../docs/src/outcome.ts'
import { outcomeTable } from '../docs/src/outcome-table.ts'
import { PRESET_NAMES, PRESETS } from '../packages/core/src/policy/model.ts'
import { policyJsonSchema } from '../packages/core/src/policy/schema.ts'
import { OPERATIONS, STATES, TRANSITIONS } from '../packages/core/src/state.ts'
import { BREACHES, CAUSES, codeOf, VIOLATION_KINDS } from '../packages/core/src/violation.ts'
import { KIND_SENTENCES } from '../packages/core/src/wording.ts'

// Writes what the documentation shows of the code, between `<!-- begin name -->` and `<!-- end name -->`.
// With `--check` nothing is written; pages that do not fit the code are named, and the exit code is 1.
// With `--outcomes` the examples of docs/violations.md are run, and what they led to is written too; the tests of `docs`
// check that.

const ROOT = new URL('../', import.meta.url)

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

const code = (text: string) => `\`${text}\``

function presets(violations: string): string {
  const shown = (name: (typeof PRESET_NAMES)[number], kind: (typeof VIOLATION_KINDS)[number]) => {
    const rule = PRESETS[name][kind] ?? 'off'
    return typeof rule === 'string' ? rule : rule[0]
  }
  return table(
    ['kind', ...PRESET_NAMES.map(code)],
    VIOLATION_KINDS.map((kind) => [
      `[${code(kind)}](${violations}#${kind})`,
      ...PRESET_NAMES.map((name) => shown(name, kind)),
    ]),
  )
}

/** Operations that lead from one state to another, in one arrow. */
function diagram(): string {
  const arrows = STATES.flatMap((from) =>
    STATES.flatMap((to) => {
      const operations = OPERATIONS.filter((operation) => TRANSITIONS[from][operation] === to)
      return operations.length === 0 ? [] : [`    ${id(from)} --> ${id(to)} : ${operations.join(', ')}`]
    }),
  )
  const names = STATES.filter((state) => id(state) !== state).map((state) => `    ${id(state)} : ${state}`)
  return ['```mermaid', 'stateDiagram-v2', ...names, `    [*] --> ${id(STATES[0])}`, ...arrows, '```'].join('\n')
}

const id = (state: string) => state.replaceAll('-', '_')

function transitions(): string {
  return table(
    ['operation', ...STATES.map(code)],
    OPERATIONS.map((operation) => [
      code(operation),
      ...STATES.map((state) => TRANSITIONS[state][operation] ?? `**${BREACHES[operation] ?? 'violation'}**`),
    ]),
  )
}

function codes(): string {
  return table(
    ['kind', 'code'],
    VIOLATION_KINDS.map((kind) => [`[${code(kind)}](#${kind})`, code(codeOf(kind))]),
  )
}

function kinds(): string {
  return VIOLATION_KINDS.map(
    (kind) => `### ${code(kind)}\n\n${KIND_SENTENCES[kind]} Its code is ${code(codeOf(kind))}.`,
  ).join('\n\n')
}

const violationsPage = new URL('docs/violations.md', ROOT)

/** The tables of outcomes by kind; empty where they are not asked for. */
async function runOutcomes(): Promise<ReadonlyMap<string, string>> {
  const tables = new Map<string, string>()
  if (!process.argv.includes('--outcomes')) return tables
  for (const block of blocksOf(violationsPage)) {
    const kind = VIOLATION_KINDS.find((one) => block.heading === code(one))
    if (kind === undefined || !block.info.startsWith('wrong')) continue
    if (!sectionOf(violationsPage, kind).includes('begin outcomes')) continue
    tables.set(kind, await outcomeTable(kind, block))
    console.log(`ran ${kind}`)
  }
  return tables
}

const outcomes = await runOutcomes().finally(closeHosts)

const sections: { readonly [name: string]: () => string } = {
  presets: () => presets('docs/violations.md'),
  'presets-here': () => presets('violations.md'),
  diagram,
  transitions,
  codes,
  kinds,
  behaviour: () => `\n${behaviour()}\n`,
  'bench-load': loadSection,
  'bench-variants': variantsSection,
  'bench-instructions': instructionsSection,
  'bench-allocations': allocationsSection,
  'bench-micro': microSection,
  'bench-growth': growthSection,
  'bench-machine': machineSection,
  causes: () => CAUSES.map(code).join(', '),
}

function regenerate(text: string): string {
  return text.replace(
    /(<!-- begin (\S+) -->\n)[\s\S]*?(<!-- end \2 -->)/g,
    (whole: string, begin: string, name: string, end: string) => {
      if (name.startsWith('outcomes:')) {
        const known = outcomes.get(name.replace('outcomes:', ''))
        return known === undefined ? whole : `${begin}${known}\n${end}`
      }
      const section = sections[name]
      if (section === undefined) throw new Error(`No section is called ${name}`)
      return `${begin}${section()}\n${end}`
    },
  )
}

/** Files that are generated as a whole. */
const files: { readonly [path: string]: () => string } = {
  'packages/core/policy.schema.json': () => `${JSON.stringify(policyJsonSchema(), undefined, 2)}\n`,
  'packages/cli/src/explain/pages.ts': () =>
    [
      '// Generated from the documentation: `pnpm docs:generate`.',
      '',
      ...['violations', 'behaviour'].map((page) => {
        const text = readFileSync(new URL(`docs/${page}.md`, ROOT), 'utf8')
        return `/** docs/${page}.md */\nexport const ${page.toUpperCase()}: string = ${JSON.stringify(text)}\n`
      }),
    ].join('\n'),
}

const pages = [
  'README.md',
  'packages/core/README.md',
  ...readdirSync(new URL('docs/', ROOT)).map((name) => `docs/${name}`),
]
const stale: string[] = []

for (const page of pages.filter((name) => name.endsWith('.md'))) {
  const path = new URL(page, ROOT)
  const before = readFileSync(path, 'utf8')
  const after = regenerate(before)
  if (after === before) continue
  stale.push(page)
  if (!process.argv.includes('--check')) writeFileSync(path, after)
}

const pictures = [...benchmarkPictures()].map(([path, svg]) => [path, () => svg] as const)

for (const [path, generate] of [...Object.entries(files), ...pictures]) {
  const url = new URL(path, ROOT)
  const after = generate()
  if (existsSync(url) && readFileSync(url, 'utf8') === after) continue
  stale.push(path)
  if (!process.argv.includes('--check')) writeFileSync(url, after)
}

if (process.argv.includes('--check') && stale.length > 0) {
  console.error(`Not as the code says: ${stale.join(', ')}. Run \`pnpm docs:generate\`.`)
  process.exitCode = 1
}
