import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const program = fileURLToPath(new URL('./programs/fast.ts', import.meta.url))

const seen = (...args: string[]): unknown =>
  JSON.parse(execFileSync(process.execPath, ['--import', 'tsx', program, ...args], { encoding: 'utf8' }))

describe.each(['express', 'express4'])('installing on %s', (express) => {
  it.each(['on', 'off'])('leaves V8 its fast objects: %s', (wanted) => {
    expect(seen(express, 'bare')).toEqual({ application: true, router: true })
    expect(seen(express, wanted)).toEqual({ application: true, router: true })
  })
})
