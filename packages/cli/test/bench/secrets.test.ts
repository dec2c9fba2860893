import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bench, QUICK, serverFile } from './command.ts'

// What a run prints is kept in the logs of CI, for everybody who may read them.

const asked = (path: string, ...args: readonly string[]) =>
  bench([serverFile('echoing'), ...QUICK, '--path', path, '--header', 'authorization: Bearer SECRET', ...args])

describe('of answers that differ it is told where, and not what they are', { timeout: 60_000 }, () => {
  it.each([
    ['/headers', 'GET /headers (with the guard) has other headers than the baseline: x-echo, x-guarded'],
    ['/order', 'GET /order (with the guard) has its headers in another order than the baseline'],
    [
      '/body',
      'GET /body (with the guard) has other headers than the baseline: content-length; another body than the baseline: 28 bytes where it has 20, and other ones from byte 7 on',
    ],
  ])('%s', async (path, words) => {
    const { code, stderr, stdout } = await asked(path)
    expect(stderr).toContain(`could not run: ${words}\n`)
    expect(stderr + stdout).not.toContain('SECRET')
    expect(code).toBe(3)
  })
})

describe('the values of a query', { timeout: 60_000 }, () => {
  it('are in no report', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'respond-once-bench-'))
    try {
      const files = ['json', 'markdown', 'html'].map((kind) => join(folder, kind))
      const reports = files.flatMap((file) => [`--${file.slice(folder.length + 1)}`, file])
      const enough = ['--warm-up', '0.001', '--window', '0.001', '--budget', '100000']
      const { code, stdout, stderr } = await asked('/?token=SECRET&flag&a%20b=SECRET', ...reports, ...enough)
      expect(code).toBe(0)
      const texts = [stdout, ...files.map((file) => readFileSync(file, 'utf8'))]
      for (const text of texts) expect(text).toMatch(/GET \/\?token=…&(amp;)?flag&(amp;)?a%20b=…/)
      expect(stderr + texts.join('')).not.toContain('SECRET')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('are in no refusal', async () => {
    const { code, stderr } = await asked('/fails?token=SECRET')
    expect(stderr).toContain('GET /fails?token=… was answered with 500')
    expect(stderr).not.toContain('SECRET')
    expect(code).toBe(3)
  })
})
