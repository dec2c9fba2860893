import { expect, it } from 'vitest'
import { run } from './child.ts'

it('a reporter is flushed once when the process has nothing left to do, with the counts that were held back', async () => {
  const { code, output } = await run('flush.ts')
  expect({ code, lines: output.trim().split('\n') }).toEqual({
    code: 0,
    lines: ['flush begins: one +3', 'flush ends: one +3'],
  })
})

it('or when it exits, where nobody waits for it', async () => {
  const { code, output } = await run('flush.ts', 'exit')
  expect({ code, lines: output.trim().split('\n') }).toEqual({ code: 0, lines: ['flush begins: one +3'] })
})

it('one that cannot be flushed is warned of, and harms nobody', async () => {
  const { code, output } = await run('flush.ts', 'reject')
  expect(code).toBe(0)
  expect(output).toContain('flush begins: one +3')
  expect(output).toContain('RESPOND_ONCE_REPORTER_FAILED')
  expect(output.match(/flush begins/g)).toHaveLength(1)
})
