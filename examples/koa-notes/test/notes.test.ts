import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Violation } from '@respond-once/koa'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { notesApp } from '../src/notes.ts'

describe('the notes', () => {
  const told: Violation[] = []
  let server: Server
  const ask = async (path: string, authorization = '') => {
    const { port } = server.address() as AddressInfo
    const response = await fetch(`http://localhost:${port}${path}`, { headers: { authorization } })
    return { status: response.status, text: await response.text() }
  }

  beforeAll(async () => {
    server = notesApp({ reporters: [], onViolation: (violation) => told.push(violation) }).listen(0)
    await new Promise((resolve) => server.once('listening', resolve))
  })

  beforeEach(() => void told.splice(0))

  afterAll(() => void server.close())

  it('are shown to whose they are', async () => {
    expect(await ask('/notes/1', 'ada')).toEqual({ status: 200, text: '{"text":"buy tea"}' })
    expect(await ask('/notes/2', 'ada')).toMatchObject({ status: 404 })
    expect(told).toEqual([])
  })

  it('that are shown to somebody else are told', async () => {
    await ask('/notes/1', 'eve')
    expect(told).toMatchObject([{ kind: 'body-overwritten', action: 'report', cause: 'missing-return' }])
  })
})
