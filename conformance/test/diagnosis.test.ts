import { execFile } from 'node:child_process'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CallSite, Violation } from '@respond-once/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CAUSES } from '../../packages/core/src/violation.ts'
import { expectedOf } from '../src/diagnosis/expected.ts'

const FRAMEWORKS = ['express', 'node', 'koa', 'fastify'] as const
const CHILD = fileURLToPath(new URL('../src/diagnosis/child.ts', import.meta.url))

const all = FRAMEWORKS.map((framework) => ({ framework, programs: expectedOf(framework) }))
const missed: string[] = []

function run(framework: string): Promise<Readonly<Record<string, readonly Violation[]>>> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', CHILD, framework],
      { timeout: 120_000, maxBuffer: 10_000_000 },
      (error, stdout, stderr) =>
        error === null ? resolve(JSON.parse(stdout)) : reject(new Error(`${error}\n${stderr}`)),
    )
  })
}

const placeOf = (site: CallSite | undefined) => (site === undefined ? undefined : `${basename(site.file)}:${site.line}`)

describe.each(all)('the diagnosis of $framework', ({ framework, programs }) => {
  let told: Readonly<Record<string, readonly Violation[]>>
  beforeAll(async () => {
    told = await run(framework)
  }, 180_000)

  it.each(programs)('$id: $kind, $cause', ({ id, kind, cause, first, second }) => {
    const found = (told[id] ?? []).map((violation) => ({
      kind: violation.kind,
      // A cause that is not known is a miss; one that is wrong is a mistake of ours.
      cause: violation.cause === 'unknown' ? cause : violation.cause,
      first: placeOf(violation.first?.site),
      second: placeOf(violation.second?.site),
    }))
    expect(found).toEqual([{ kind, cause, first, second }])
    if (told[id]?.[0]?.cause !== cause) missed.push(`${framework}: ${id}`)
  })
})

describe('the programs', () => {
  const programs = all.flatMap(({ programs }) => programs)
  afterAll(() =>
    console.log(`${missed.length} of ${programs.length} causes were missed${missed.map((id) => `\n  ${id}`).join('')}`),
  )

  it('are many', () => expect(programs.length).toBeGreaterThanOrEqual(60))

  it('have every cause', () => {
    const causes = new Set(programs.map(({ cause }) => cause))
    expect(CAUSES.filter((cause) => !causes.has(cause))).toEqual(['unknown'])
  })

  it('are diagnosed but for 5 %', () => expect(missed.length).toBeLessThanOrEqual(programs.length * 0.05))
})
