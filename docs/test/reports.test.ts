import { readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { VIOLATION_KINDS, type Violation } from '@respond-once/core'
import pc from 'picocolors'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { prettyReport, prettyReporter } from '../../packages/core/src/pretty.ts'
import { SAMPLES, samples } from '../src/samples.ts'

// The report of each kind, as it stands in a terminal. `pnpm docs:generate` draws the same ones.

let told: ReadonlyMap<string, Violation>

beforeAll(() => {
  vi.spyOn(process, 'cwd').mockReturnValue(SAMPLES)
  told = new Map(samples().map((violation) => [violation.kind, violation]))
})
afterAll(() => void vi.restoreAllMocks())

it('has a sample of every kind', () => {
  expect([...told.keys()].sort()).toEqual([...VIOLATION_KINDS].sort())
})

it('has a section for the link of every kind in the README of the package that it leads to', () => {
  const readme = readFileSync(new URL('../../packages/core/README.md', import.meta.url), 'utf8')
  const missing = VIOLATION_KINDS.filter((kind) => !readme.includes(`### \`${kind}\`\n`))
  expect(missing).toEqual([])
})

describe.each(VIOLATION_KINDS)('the report of %s', (kind) => {
  const report = (colors: boolean) => prettyReport(told.get(kind) as Violation, pc.createColors(colors))

  it('looks like this', async () => {
    await expect(`${report(false).trim()}\n`).toMatchFileSnapshot(`reports/${kind}.txt`)
  })

  it('has no line of more than 80 columns', () => {
    const lines = report(false).split('\n')
    expect(lines.filter((line) => line.length > 80)).toEqual([])
  })

  it('says the same in colours', () => {
    expect(report(true)).not.toBe(report(false))
    expect(stripVTControlCharacters(report(true))).toBe(report(false))
  })
})

describe('colours', () => {
  const written = (output: object, environment: Readonly<Record<string, string>> = {}) => {
    for (const name of ['NO_COLOR', 'FORCE_COLOR', 'TERM', 'CI']) vi.stubEnv(name, environment[name])
    let text = ''
    const write = (part: string) => {
      text += part
    }
    prettyReporter({ write, ...output }).report(told.get('double-response') as Violation)
    vi.unstubAllEnvs()
    return text.includes('\u001b')
  }

  it.each([
    ['a terminal', { isTTY: true, hasColors: () => true }, {}, true],
    ['a terminal without colours', { isTTY: true, hasColors: () => false }, {}, false],
    ['a dumb one', { isTTY: true }, { TERM: 'dumb' }, false],
    ['a file', {}, {}, false],
    ['a file, whatever is forced', {}, { FORCE_COLOR: '1' }, false],
    ['a terminal with NO_COLOR', { isTTY: true, hasColors: () => true }, { NO_COLOR: '1' }, false],
    ['a terminal with both', { isTTY: true, hasColors: () => true }, { NO_COLOR: '1', FORCE_COLOR: '3' }, false],
  ])('%s', (_name, output, environment, expected) => expect(written(output, environment)).toBe(expected))
})
