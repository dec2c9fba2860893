import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sourceOf } from './source-lines.ts'

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
}

interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const requests = 200_000

/** Self time by function, inlined ones included; those of the packages by name, everything else in one line each. */
export function printProfile(target: string, scenario: string, variant: string): void {
  const directory = mkdtempSync(join(tmpdir(), 'profile-'))
  try {
    const flags = ['--cpu-prof', `--cpu-prof-dir=${directory}`, '--cpu-prof-interval=200']
    const env = { ...process.env, NODE_ENV: 'production' }
    console.error(`Profiling ${requests.toLocaleString('en')} requests of ${scenario}, ${variant}`)
    execFileSync(process.execPath, [...flags, target, 'profile', scenario, variant, String(requests)], { env })
    const [file = ''] = readdirSync(directory)
    print(JSON.parse(readFileSync(join(directory, file), 'utf8')) as CpuProfile)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function print(profile: CpuProfile): void {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const ours = new Map<string, number>()
  const others = new Map<string, number>()
  let total = 0
  profile.samples.forEach((id, i) => {
    const { callFrame } = nodes.get(id) as ProfileNode
    const micros = profile.timeDeltas[i] ?? 0
    if (callFrame.functionName === '(idle)' || callFrame.functionName === '(program)') return
    total += micros
    const [group, key] = placeOf(callFrame)
    const into = group === 'ours' ? ours : others
    into.set(key, (into.get(key) ?? 0) + micros)
  })
  const lines = (of: Map<string, number>, most: number) =>
    [...of]
      .sort((a, b) => b[1] - a[1])
      .slice(0, most)
      .map(([key, micros]) => line(key, micros, total))
  const sum = [...ours.values()].reduce((all, micros) => all + micros, 0)
  console.log(line('whole request', total, total))
  console.log(line('of it in our packages, self', sum, total))
  console.log(`\nOur functions\n${lines(ours, 30).join('\n')}`)
  console.log(`\nEverything else\n${lines(others, 12).join('\n')}`)
}

function placeOf({ functionName, url, lineNumber }: ProfileNode['callFrame']): ['ours' | 'other', string] {
  const name = functionName || '(anonymous)'
  if (!url.includes('/node_modules/@respond-once/')) {
    const file = url.replace(/^.*\/node_modules\//, '').replace(/^file:.*\//, '')
    return ['other', `${name} ${file}`.trim()]
  }
  return ['ours', `${name} ${sourceOf(fileURLToPath(url), lineNumber)}`]
}

function line(key: string, micros: number, total: number): string {
  const nanos = ((micros * 1000) / requests).toFixed(0)
  return `${nanos.padStart(8)} ns ${((micros / total) * 100).toFixed(2).padStart(6)} %  ${key}`
}
