import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Report } from '../../src/bench/report.ts'
import { bench, QUICK, serverFile } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'respond-once-bench-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const inFolder = (name: string) => join(folder, name)

describe('0, within the budget', () => {
  it('prints the figures, and writes every kind of report', { timeout: 240_000 }, async () => {
    const summary = inFolder('summary.md')
    writeFileSync(summary, 'what another step has written\n')
    const files = ['--json', inFolder('a.json'), '--markdown', summary, '--html', inFolder('a.html')]
    // A budget that a guard which works cannot exceed, nor the noise of a busy machine.
    const args = [serverFile('guarded'), ...QUICK, '--path', '/a', '--path', 'POST /echo', '--body', 'x', ...files]
    const { code, stdout, stderr } = await bench([...args, '--header', 'X-Test: 1', '--budget', '300'], {
      WORK: '20000',
      GITHUB_STEP_SUMMARY: summary,
    })
    expect(stderr).toContain('pair 8')
    expect(stdout).toContain('pass: within the budget of +300 % CPU per request')
    expect(code).toBe(0)

    const report = JSON.parse(readFileSync(inFolder('a.json'), 'utf8')) as Report
    expect(report).toMatchObject({ verdict: 'pass', budgetPercent: 300, pairs: 8, connections: 2 })
    expect(report.targets.map(({ name }) => name)).toEqual(['GET /a', 'POST /echo'])
    for (const { variants, control, baseline } of report.targets) {
      expect(variants.map(({ name, pairs }) => [name, pairs.length])).toEqual([['on', 8]])
      expect(control.pairs).toHaveLength(8)
      expect(baseline.figures.cpuMicros).toBeGreaterThan(10)
      expect(baseline.figures.heapBytes).toBeGreaterThan(100)
    }
    const markdown = readFileSync(summary, 'utf8')
    expect(markdown).toMatch(/^what another step has written\n### ✅ respond-once: within the budget/)
    expect(markdown).toMatch(/^\| with the guard \| [+−]?\d/m)
    const html = readFileSync(inFolder('a.html'), 'utf8')
    expect(html.match(/<svg /g)).toHaveLength(4)
    expect(html).not.toMatch(/NaN|undefined|https?:/)
  })
})

describe('1, over the budget', () => {
  it('finds a server that works five times as much with its guard', { timeout: 240_000 }, async () => {
    const env = { WORK: '20000', EXTRA: '80000' }
    const { code, stdout, stderr } = await bench([serverFile('guarded'), ...QUICK, '--budget', '60', '--json'], env)
    const report = JSON.parse(stdout) as Report
    expect(stderr).toContain('over: over the budget of +60 % CPU per request')
    expect(report.verdict).toBe('over')
    expect(report.targets[0]?.variants[0]?.percent.low).toBeGreaterThan(60)
    expect(code).toBe(1)
  })
})

describe('2, inconclusive', () => {
  it('never passes what it had no time to measure', { timeout: 60_000 }, async () => {
    const { code, stdout } = await bench([serverFile('guarded'), ...QUICK, '--time-limit', '0.1', '--budget', '300'])
    expect(stdout).toContain('inconclusive: the time was up before a pair of processes was measured')
    expect(code).toBe(2)
  })
})

describe('3, could not run', () => {
  const cannot = (name: string, said: readonly (string | RegExp)[], args: readonly string[] = []) =>
    it(name, { timeout: 60_000 }, async () => {
      const { code, stdout, stderr } = await bench([...QUICK, ...args])
      for (const words of said) expect(stderr).toMatch(words)
      expect(stdout).toBe('')
      expect(code).toBe(3)
    })

  cannot(
    'a server that does not start, with its own output',
    [/did not start: it ended with code 1/, /connecting to the database/, /the database is not there/],
    [serverFile('crashing')],
  )
  cannot('a folder', [/^error: \S+ is a folder: name the file that starts the server/m], [folder])
  cannot('a server without a name', [/there is no file ''/], [''])
  cannot(
    'a server that never listens',
    [/within 10 s: no HTTP server was seen to listen/, /waiting for ever/],
    [serverFile('silent'), '--start-timeout', '10'],
  )
  cannot(
    'a server that other processes serve',
    [/no HTTP server was seen to listen in this process/],
    [serverFile('forking'), '--start-timeout', '10'],
  )
  cannot(
    'a server whose policy locks a rule: nothing switches its guard off',
    [/is locked by/, /To measure it, start it with a policy in which nothing is locked/],
    [serverFile('locked')],
  )
  cannot('a file that is not there', [/there is no file/], [serverFile('nothing')])
  cannot(
    'a path that fails',
    [/GET \/missing was answered with 404 \(without the guard\)/],
    [serverFile('guarded'), '--path', '/', '--path', '/missing'],
  )
  cannot(
    'a path that is answered in another way with the guard',
    [/GET \/unless-guarded \(with the guard\) has another status than the baseline: 404 where it has 200$/m],
    [serverFile('guarded'), '--path', '/unless-guarded'],
  )
  cannot('a server without a guard', [/was not guarded: is respondOnce\(\) installed\?/], [serverFile('unguarded')])
  cannot(
    'a server of HTTP/2 alone',
    [/^could not run: GET \/ cannot be asked for: the server speaks HTTP\/2 alone, and HTTP\/1 is measured/m],
    [serverFile('http2-only')],
  )
  cannot(
    'a port on which nothing listens',
    [/but on 3999/],
    [serverFile('guarded'), '--port', '4000', '--start-timeout', '10'],
  )
  cannot('a mistake on the command line', [/must be a number above 0/], [serverFile('guarded'), '--budget', 'none'])
})
