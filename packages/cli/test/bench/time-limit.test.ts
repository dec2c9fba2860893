import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Experiment, type Plan } from '../../src/bench/experiment.ts'
import { type Loader, loadHttp } from '../../src/bench/load.ts'
import { showProgress } from '../../src/bench/progress.ts'
import type { Report } from '../../src/bench/report.ts'
import { ServerProcess } from '../../src/bench/server-process.ts'
import { bench, PROBE, QUICK, serverFile } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'respond-once-bench-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a server that waits', () => {
  // By its CPU time alone, a window would take minutes, and the first warm-up an hour.
  const waiting = (...args: readonly string[]) => bench([serverFile('waiting'), ...args], { WAIT: '200' })

  it('is left when the time is up, with a report that says how much is needed', { timeout: 60_000 }, async () => {
    const [json, html] = [join(folder, 'a.json'), join(folder, 'a.html')]
    const { code, stdout } = await waiting('--time-limit', '4', '--json', json, '--html', html)
    const said = /inconclusive: the time was up before .*\. Eight pairs need more time: use --time-limit (\d+)/
    expect(stdout).toMatch(said)
    expect(code).toBe(2)
    const report = JSON.parse(readFileSync(json, 'utf8')) as Report
    expect(report).toMatchObject({ verdict: 'inconclusive', pairs: 0, targets: [] })
    expect(said.exec(stdout)?.[1]).toBe(String(report.neededSeconds))
    // 3 processes, 8 times 4 s of warming up and 17 windows: CPU time alone is more.
    expect(report.neededSeconds).toBeGreaterThan(3 * 8 * 5.7)
    expect(readFileSync(html, 'utf8')).not.toMatch(/NaN|undefined|Infinity/)
  })

  it('is measured in windows of a few requests', { timeout: 60_000 }, async () => {
    const amounts: number[] = []
    const load: Loader = (one) => {
      if (amounts.push(one.amount) > 12) throw new Error('enough is seen')
      return loadHttp(one)
    }
    const args = [...PROBE, serverFile('waiting')]
    const start = () => ServerProcess.start({ args, env: { ...process.env, WAIT: '200' }, timeoutMs: 20_000 })
    // Two connections make ten requests a second at most; by its CPU time alone a window would have hundreds.
    const short = { warmUpSeconds: 0.2, windowSeconds: 0.1, connections: 2, maxSeconds: 300 }
    const variants = [{ name: 'off', title: 'off', start }] as const
    const experiment = new Experiment({ ...plan, ...short, variants, targets: plan.targets.slice(0, 1), load })
    await expect(experiment.run()).rejects.toThrow('enough is seen')
    expect(Math.max(...amounts)).toBeLessThanOrEqual(5)
  })
})

const neverStarted = () => Promise.reject(new Error('never started'))

const plan: Plan = {
  variants: [
    { name: 'off', title: 'off', start: neverStarted },
    { name: 'on', title: 'on', start: neverStarted },
  ],
  targets: ['/a', '/b', '/c'].map((path) => ({ name: path, request: { method: 'GET', path, headers: {} } })),
  budgetPercent: 2,
  connections: 10,
  pipelining: 1,
  warmUpSeconds: 3,
  windowSeconds: 0.1,
  sweeps: 8,
  maxSeconds: 300,
}

/** What is told of a run without a terminal. Before each group, the ones before it are measured. */
function told(experiment: Experiment, seen: readonly (readonly [group: number, seconds: number])[]): string[] {
  let text = ''
  const write = (words: string) => {
    text += words
  }
  const show = showProgress({ isTTY: false, write } as unknown as typeof process.stderr, () => experiment)
  for (const [group, seconds] of seen) {
    while (experiment.groups.length < group - 1) experiment.groups.push(new Map())
    show({ phase: 'measuring', detail: '/a, on', group, seconds })
  }
  return text.trim().split('\n')
}

describe('without a terminal', () => {
  it('tells where a run is, and not too often', () => {
    const seen = [0, 1, 9, 16, 17, 29, 33].map((seconds) => [1, seconds] as const)
    expect(told(new Experiment(plan), seen)).toEqual([
      '[0 s] pair 1',
      '[16 s] pair 1 · measuring /a, on',
      '[33 s] pair 1 · measuring /a, on',
    ])
  })
})

describe('a time limit in which nothing can be decided', () => {
  const after = (maxSeconds: number) =>
    told(new Experiment({ ...plan, maxSeconds }), [
      [1, 0],
      [2, 45],
      [3, 90],
    ])

  it('is told after the first pair, once', () => {
    // 3 processes, 3 paths, 3 s of warming up and 17 windows of 0.1 s: 42.3 s for a pair, 338 s for eight.
    expect(after(300)).toEqual([
      '[0 s] pair 1',
      'Eight pairs take about 339 s here, and the time limit is 300 s: this run cannot decide. Use --time-limit 410.',
      '[45 s] pair 2',
      '[90 s] pair 3',
    ])
  })

  it('is not told of one that is long enough', () => {
    expect(after(400)).toEqual(['[0 s] pair 1', '[45 s] pair 2', '[90 s] pair 3'])
  })
})

it('says of a server that ends under load how, with its own output', { timeout: 60_000 }, async () => {
  const { code, stderr } = await bench([serverFile('dying'), ...QUICK])
  expect(stderr).toMatch(/^could not run: the server ended with code 7 while it was measured$/m)
  expect(stderr).toMatch(/^ {2}the pool has no connection left$/m)
  expect(code).toBe(3)
})

describe('a server that stops answering under load', () => {
  it('is left after the first request that has no answer', { timeout: 90_000 }, async () => {
    const { code, stderr } = await bench([serverFile('stalling'), ...QUICK])
    // Both connections may have waited as long when the first is given up.
    expect(stderr).toMatch(
      /^could not run: under load, \d+ of \d+ requests to GET \/ had no answer \(.*\b[12] timeouts/m,
    )
    expect(stderr).toMatch(/^ {2}the pool has no connection left$/m)
    expect(code).toBe(3)
  })

  it('is not waited for where it does not even say how it is', { timeout: 90_000 }, async () => {
    const { code, stderr } = await bench([serverFile('stalling'), ...QUICK], { BLOCKS: '1' })
    expect(stderr).toMatch(/^could not run: the server did nothing for 10 s while it was measured: is it in a loop\?$/m)
    expect(code).toBe(3)
  })
})
