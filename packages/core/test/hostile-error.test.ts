import { describe, expect, it } from 'vitest'
import { framesOfError } from '../src/frame.ts'

// A message may hold what a client has sent: it is no stack, whatever it looks like.

describe('the frames of an error', () => {
  it('are not those that its message tells', () => {
    const error = new Error('unknown user bob\n    at secret (/home/token/secret.js:1:1)')
    const files = framesOfError(error, () => false).map(({ file }) => file)
    expect(files).not.toContain('/home/token/secret.js')
    expect(files[0]).toBe(import.meta.filename)
  })

  it('are unknown where the message was changed: nobody can tell where it ends', () => {
    const error = new Error('before\n    at secret (/home/token/secret.js:1:1)')
    expect(error.stack).toContain('before')
    error.message = 'after'
    expect(framesOfError(error, () => false)).toEqual([])
  })

  it('are read in a time that a message cannot stretch', () => {
    const error = new Error(`no such user: ${'\n at (/'.repeat(20_000)}`)
    const before = process.cpuUsage().user
    expect(framesOfError(error, () => false).length).toBeGreaterThan(0)
    // Quadratic, it is seconds; what is allowed is far from what it takes.
    expect(process.cpuUsage().user - before).toBeLessThan(1_000_000)
  })
})
