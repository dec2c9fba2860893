import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { scenarios } from '../src/scenarios.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

describe('the demo, its output read through a pipe', () => {
  let exitCode: number | null
  let stdout = ''
  let stderr = ''

  beforeAll(async () => {
    const demo = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], { cwd: ROOT })
    demo.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    demo.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    ;[exitCode] = await once(demo, 'close')
  }, 120_000)

  /** The two numbers of a line of the closing count: without the guard, and with it. */
  function counts(label: string): { readonly plain: number; readonly guarded: number } {
    const line = stdout.split('\n').find((text) => text.trimStart().startsWith(label)) ?? ''
    const [guarded, plain] = line.trim().split(/\s+/).reverse().map(Number)
    return { plain: plain ?? Number.NaN, guarded: guarded ?? Number.NaN }
  }

  it('ends well and complains about nothing', () => {
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  })

  it('shows every scenario, of all frameworks', () => {
    const places = ['Express 5', 'Koa 3', 'Fastify 5'].map((title) => stdout.indexOf(`\n${title}`))
    expect(places.every((place) => place > 0)).toBe(true)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    for (const [index, { title }] of scenarios.entries()) {
      expect(stdout).toContain(`── ${index + 1}/${scenarios.length} ${title} ──`)
    }
  })

  it('uses no control codes and no more than 100 columns', () => {
    expect(stdout).toBe(stripVTControlCharacters(stdout))
    expect(stdout).not.toContain('\r')
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([])
  })

  it('saw the plain service fail in every way', () => {
    expect(counts('processes that crashed').plain).toBeGreaterThanOrEqual(5)
    expect(counts('clients left hanging').plain).toBe(1)
    expect(counts('clients without a whole answer').plain).toBe(4)
    expect(counts('requests that got past a login check').plain).toBe(3)
    expect(counts('mistakes that left no trace').plain).toBe(6)
  })

  it('saw the guard hold', () => {
    expect(counts('processes that crashed').guarded).toBe(0)
    expect(counts('clients left hanging').guarded).toBe(0)
    // A body that fails half way cannot be made whole; its client is told by a cut connection.
    expect(counts('clients without a whole answer').guarded).toBe(2)
    expect(counts('requests that got past a login check').guarded).toBe(0)
    expect(counts('access log lines with a status that no client got').guarded).toBe(0)
    expect(counts('mistakes that left no trace').guarded).toBe(0)
    expect(stdout).not.toContain('the guard reported nothing')
  })

  it('explained every mistake with both of its places', () => {
    expect(counts('mistakes explained with both of their places').guarded).toBe(scenarios.length)
  })

  it('found healthy requests unchanged', () => {
    const [, same, all] = /byte for byte, with no violation: (\d+) of (\d+)/.exec(stdout) ?? []
    expect(Number(all)).toBeGreaterThan(0)
    expect(same).toBe(all)
  })
})
