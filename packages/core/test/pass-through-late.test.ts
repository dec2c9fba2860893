import type { ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { run } from './child.ts'
import { outcomeOf, twins } from './twins.ts'
import { parts } from './wire.ts'

describe('under report', () => {
  const errorsOf = (response: ServerResponse) => {
    const errors: string[] = []
    response.on('error', ({ code }: NodeJS.ErrnoException) => errors.push(`error ${code}`))
    return errors
  }

  it('late headers throw as ever', async () => {
    const { saw, violations } = await twins((response) => {
      response.end('first')
      const late = [
        () => response.setHeader('x', '1'),
        () => response.appendHeader('x', '1'),
        () => response.removeHeader('x'),
        () => response.setHeaders(new Map([['x', '1']])),
      ]
      return late.map((call) => outcomeOf(response, call))
    }, 'observe')
    expect(new Set(saw)).toEqual(new Set(['throws ERR_HTTP_HEADERS_SENT']))
    expect(violations[0]).toMatchObject({ kind: 'late-header', action: 'report' })
  })

  it('a second writeHead throws as ever', async () => {
    const { saw, violations } = await twins((response) => {
      response.writeHead(200)
      const second = outcomeOf(response, () => response.writeHead(500))
      response.end('first')
      return second
    }, 'observe')
    expect(saw).toBe('throws ERR_HTTP_HEADERS_SENT')
    expect(violations[0]).toMatchObject({ kind: 'double-response', action: 'report' })
  })

  it('a write after the end fails as ever: its callback and an error event tell', async () => {
    const { saw, violations } = await twins(async (response) => {
      const errors = errorsOf(response)
      response.end('first')
      const returned = response.write('late', (error) =>
        errors.push(`callback ${(error as NodeJS.ErrnoException).code}`),
      )
      await turn()
      return { returned, errors }
    }, 'observe')
    const code = 'ERR_STREAM_WRITE_AFTER_END'
    expect(saw).toEqual({ returned: false, errors: [`callback ${code}`, `error ${code}`] })
    expect(violations[0]).toMatchObject({ kind: 'write-after-end', action: 'report' })
  })

  it('a second end with data fails as ever', async () => {
    const { saw, violations } = await twins(async (response) => {
      const errors = errorsOf(response)
      response.end('first')
      const returned = outcomeOf(response, () => response.end('second', () => errors.push('callback')))
      await turn()
      return { returned, errors }
    }, 'observe')
    expect(saw.returned).toBe('this')
    expect(saw.errors).toContain('error ERR_STREAM_WRITE_AFTER_END')
    expect(violations[0]).toMatchObject({ kind: 'double-response', action: 'report' })
  })

  it('a late status is read back as it was assigned', async () => {
    const { saw } = await twins((response) => {
      response.end('first')
      response.statusCode = 500
      response.statusMessage = 'Late'
      return [response.statusCode, response.statusMessage]
    }, 'observe')
    expect(saw).toEqual([500, 'Late'])
  })
})

describe.each(['observe', 'protect', 'strict'] as const)('under %s', (policy) => {
  it('an end after a destroy does not throw', async () => {
    const { saw, violations } = await twins(async (response) => {
      response.destroy()
      const atOnce = outcomeOf(response, () => response.end())
      await turn()
      return [atOnce, outcomeOf(response, () => response.end('late')), response.writableEnded]
    }, policy)
    expect(saw).toEqual(['this', 'this', true])
    expect(violations).toEqual([])
  })

  it('a bare second end does not throw', async () => {
    const { saw, wire, violations } = await twins(async (response) => {
      response.end('whole')
      const atOnce = outcomeOf(response, () => response.end())
      await turn()
      return [atOnce, outcomeOf(response, () => response.end()), outcomeOf(response, () => response.end(''))]
    }, policy)
    expect(saw).toEqual(['this', 'this', 'this'])
    expect(parts(wire).body).toBe('whole')
    expect(violations).toEqual([])
  })
})

describe('a process', () => {
  it('dies of a late write that nobody listens to, with the guard as without', async () => {
    const [bare, guarded] = await Promise.all([run('late-write.ts', 'bare'), run('late-write.ts', 'guarded')])
    for (const { code, output } of [bare, guarded]) {
      expect(output).toContain('ERR_STREAM_WRITE_AFTER_END')
      expect(output).not.toContain('still alive')
      expect(code).toBe(1)
    }
  })
})
