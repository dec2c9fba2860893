import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

const run = (...args: readonly string[]) =>
  execFileSync(process.execPath, ['--import', 'tsx', ...args], { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' })

// Every framework, and every shape of a request once: all of both takes minutes.
const SCENARIOS = ['--only', '*/hello', '--only', 'node']

it('answers alike with every variant, in every scenario, and guards where it says so', { timeout: 300_000 }, () => {
  const lines = run('src/bench.ts', '--check', ...SCENARIOS)
    .trim()
    .split('\n')
  expect(lines.filter((line) => line.includes('/hello'))).toEqual([
    'node/hello: 6 variants answer alike',
    'express5/hello: 9 variants answer alike',
    'express4/hello: 9 variants answer alike',
    'koa/hello: 7 variants answer alike',
    'fastify/hello: 7 variants answer alike',
  ])
  const shapes = ['hello', 'headers', 'stream', 'missing', 'error', 'pipelined', 'post', 'http2']
  const onNode = lines.filter((line) => line.startsWith('node/'))
  expect(onNode).toEqual(shapes.map((shape) => `node/${shape}: 6 variants answer alike`))
  expect(lines).toHaveLength(shapes.length + 4)
})

it('sees the violations of the one curve that has some, and none on the others', { timeout: 60_000 }, () => {
  expect(run('src/growth.ts', '--check')).toBe(
    'headers: 0 violations\nchunks: 0 violations\ndepth: 0 violations\nroutes: 0 violations\nconcurrent: 0 violations\nviolations: 1 violations\n',
  )
})
