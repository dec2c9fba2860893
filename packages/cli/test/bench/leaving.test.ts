import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { QUICK, serverFile, startBench } from './command.ts'

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
  'leaves no process behind after %s',
  { timeout: 90_000 },
  async (signal) => {
    const folder = mkdtempSync(join(tmpdir(), 'respond-once-bench-'))
    try {
      const pids = join(folder, 'pids')
      const { child, ended, stderr } = startBench([serverFile('guarded'), ...QUICK, '--budget', '0.001'], {
        PIDS: pids,
      })
      const started = () => readFileSync(pids, 'utf8').trim().split('\n').map(Number)
      while (!stderr().includes('pair 2')) await sleep(50)
      // The first pair's have ended by now.
      const first = started().length
      expect(first).toBeGreaterThanOrEqual(6)
      while (started().length < first + 4) await sleep(20)
      child.kill(signal)
      const { code } = await ended
      expect(code).toBe({ SIGINT: 130, SIGTERM: 143, SIGKILL: null }[signal])
      const all = started()
      for (let i = 0; all.some(lives) && i < 100; i++) await sleep(50)
      expect(all.filter(lives)).toEqual([])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
