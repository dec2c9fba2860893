import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const workflow = readFileSync(join(ROOT, 'examples/bench/workflows/overhead.yml'), 'utf8')
const job = workflow.slice(workflow.indexOf('  overhead:\n'))

/** The script of the step that measures, as GitHub hands it to bash. */
const script = /run: \|\n((?: {10}.*\n)+)/.exec(job)?.[1]?.replace(/^ {10}/gm, '') ?? ''

function run(ending: string, summary: string) {
  const command = `'${process.execPath}' --import '${TSX}' '${join(ROOT, 'packages/cli/src/main.ts')}'`
  const quick = `bench --time-limit 0.1 --warm-up 0.02 --window 0.005 ${ending}`
  const shown = script.replace('npx respond-once bench', `${command} ${quick}`)
  return spawnSync('bash', ['-e', '-o', 'pipefail', '-c', shown], {
    cwd: join(ROOT, 'examples/bench'),
    env: { ...process.env, NODE_ENV: '', GITHUB_STEP_SUMMARY: summary },
    encoding: 'utf8',
  })
}

it('is shown in the documentation as it is', () => {
  expect(script).toContain('npx respond-once bench')
  expect(readFileSync(join(ROOT, 'docs/benchmarks.md'), 'utf8')).toContain(job)
})

it('lets an inconclusive run pass, and a server that cannot be measured fail', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'respond-once-bench-'))
  const page = join(ROOT, 'examples/bench/bench.html')
  try {
    const summary = join(folder, 'summary.md')
    const inconclusive = run('', summary)
    expect(inconclusive.stdout).toContain('inconclusive: the time was up before a pair of processes was measured')
    expect(inconclusive.status).toBe(0)
    expect(readFileSync(summary, 'utf8')).toMatch(/^### ❔ respond-once: inconclusive/)
    expect(readFileSync(page, 'utf8')).toContain('</html>')

    const failing = run('--path /nowhere', summary)
    expect(failing.stderr).toContain('GET /nowhere was answered with 404')
    expect(failing.status).toBe(1)
  } finally {
    rmSync(folder, { recursive: true, force: true })
    if (existsSync(page)) rmSync(page)
  }
})
