import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'

const BENCH = fileURLToPath(new URL('../src/bench.ts', import.meta.url))
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

// What was called wrongly is not over the budget, which 1 means.
it.each([
  [['--only', 'nothing'], 'could not run: nothing matches --only nothing'],
  [['--only', 'node/hello', '--variants', 'bare,fast'], "could not run: no variant 'fast'; there are bare, "],
  [['--fast'], "could not run: Unknown option '--fast'"],
  [['--budget', 'abc', '--time-limit', 'abc'], 'could not run: --budget and --time-limit must be above 0'],
  [['--connections', '1.5'], 'could not run: --connections must be a whole number from 1 to 10000'],
])('pnpm bench %j is refused in a sentence', { timeout: 60_000 }, (args, words) => {
  const { status, stderr } = spawnSync(process.execPath, ['--import', TSX, BENCH, ...args], { encoding: 'utf8' })
  expect(stderr.startsWith(words)).toBe(true)
  expect(stderr.trim().split('\n')).toHaveLength(1)
  expect(status).toBe(3)
})
