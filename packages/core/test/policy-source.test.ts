import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { respondOnce } from '../src/node.ts'
import { InvalidOptionsError, type OptionProblem } from '../src/options.ts'
import { type CompiledPolicy, compilePolicy } from '../src/policy/compile.ts'
import type { PolicySource } from '../src/policy/follow.ts'
import type { Policy, PresetName } from '../src/policy/model.ts'
import { type PolicyFileOptions, policyFile } from '../src/policy-file.ts'

/** A source that is changed by hand. */
class Switch implements PolicySource {
  readonly #listeners = new Set<() => void>()
  #current: CompiledPolicy
  failing = false

  constructor(policy: Policy | PresetName) {
    this.#current = compilePolicy(policy)
  }

  current(): CompiledPolicy {
    if (this.failing) throw new Error('the source is gone')
    return this.#current
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  set(policy: Policy | PresetName): void {
    this.#current = compilePolicy(policy)
    for (const listener of this.#listeners) listener()
  }
}

/** A service that answers twice, or never; and the actions that were told. */
async function serve(policy: PolicySource) {
  const told: string[] = []
  const listener = respondOnce(
    (request, response) => {
      if (request.url === '/never') return
      response.on('error', () => {}).end('first')
      response.end('second')
    },
    { policy, reporters: [], onViolation: ({ kind, action }) => told.push(`${kind} ${action}`) },
  )
  const server = createServer(listener).listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ask = async () => {
    const [response] = await once(get({ port, agent: false }), 'response')
    await once(response.resume(), 'end')
    return told.splice(0)
  }
  return { told, port, ask, close: () => server.close().closeAllConnections() }
}

describe('a policy source', () => {
  it('is followed from one request to the next', async () => {
    const source = new Switch('observe')
    const { ask, close } = await serve(source)
    expect(await ask()).toEqual(['double-response report'])
    source.set('protect')
    expect(await ask()).toEqual(['double-response suppress'])
    source.set({ rules: { 'double-response': 'off' } })
    expect(await ask()).toEqual([])
    close()
  })

  it('is followed where a guard has to wait', async () => {
    const source = new Switch('protect')
    const { told, port, close } = await serve(source)
    source.set({ rules: { 'no-response': ['report', { afterMs: 30 }] } })
    const request = get({ port, path: '/never', agent: false }).on('error', () => {})
    await vi.waitFor(() => expect(told).toEqual(['no-response report']), { timeout: 5000 })
    request.destroy()
    close()
  })

  it('keeps its last policy where it fails, and says so', async () => {
    const source = new Switch('protect')
    const { ask, close } = await serve(source)
    const warned = once(process, 'warning')
    source.failing = true
    source.set('observe')
    expect(await warned).toMatchObject([{ code: 'RESPOND_ONCE_POLICY_SOURCE', message: /the source is gone/ }])
    expect(await ask()).toEqual(['double-response suppress'])
    close()
  })

  const fail = (message: string) => (): never => {
    throw new Error(message)
  }
  const compiled = compilePolicy('protect')
  const idle = () => () => {}

  it.each<readonly [string, object, string]>([
    ['fails when the service starts', { current: fail('no network'), subscribe: idle }, 'current() fails: no network'],
    ['hands out a policy that is not compiled', { current: () => 'protect', subscribe: idle }, 'returns "protect"'],
    ['hands out nothing', { current: () => undefined, subscribe: idle }, 'current() returns nothing'],
    ['hands out a promise', { current: async () => compiled, subscribe: idle }, 'current() returns a promise'],
    [
      'hands out half of a policy',
      {
        current: () => ({ decide: () => 'off', watches: () => false, for: fail('half') }),
        subscribe: idle,
      },
      'current() returns an object',
    ],
    [
      'cannot be subscribed to',
      { current: () => compiled, subscribe: fail('no events') },
      'subscribe() fails: no events',
    ],
  ])('stops the service where it %s, and says so', (_name, policy, found) => {
    const problems = problemsOf(() => respondOnce(() => {}, { policy: policy as PolicySource }))
    expect(problems).toMatchObject([
      {
        path: 'policy',
        found: expect.stringContaining(found),
        allowed: expect.stringContaining('compilePolicy(policy)'),
      },
    ])
  })

  it('hides no other mistake where it fails', () => {
    const policy = { current: fail('no network'), subscribe: idle }
    expect(problemsOf(() => respondOnce(() => {}, { policy, trace: 'x' as never })).map(({ path }) => path)).toEqual([
      'policy',
      'trace',
    ])
  })

  it('stays out where it fails from one question to the next', () => {
    const current = vi.fn(fail('gone')).mockReturnValueOnce(compiled as never)
    expect(problemsOf(() => respondOnce(() => {}, { policy: { current, subscribe: idle } }))).toMatchObject([
      { path: 'policy', found: 'a source whose current() fails: gone' },
    ])
  })
})

/** The mistakes because of which a service does not start. */
function problemsOf(start: () => unknown): readonly OptionProblem[] {
  try {
    start()
  } catch (error) {
    if (error instanceof InvalidOptionsError) return error.problems
    throw error
  }
  return []
}

/** The mistakes that a policy file has when a service starts. */
function problemsIn(file: unknown, options: unknown): readonly OptionProblem[] {
  return problemsOf(() => policyFile(file as string, options as PolicyFileOptions).close())
}

describe('a policy file', () => {
  let room: string
  let file: string
  const replace = (text: string) => {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  }

  beforeEach(() => {
    room = mkdtempSync(join(tmpdir(), 'respond-once-file-'))
    file = join(room, 'policy.json')
    writeFileSync(file, '{ "extends": "observe" }')
  })

  afterEach(() => rmSync(room, { recursive: true, force: true }))

  it('is followed, and a bad version of it leaves the one before in force', async () => {
    const errors: Error[] = []
    const source = policyFile(file, { everyMs: 20, onError: (error) => errors.push(error) })
    const { ask, close } = await serve(source)
    expect(await ask()).toEqual(['double-response report'])
    replace('{ "extends": "protect" }')
    await vi.waitFor(() => expect(source.current().decide('late-header', 'unknown')).toBe('suppress'), 5000)
    expect(await ask()).toEqual(['double-response suppress'])
    replace('{ "extends": "protct", "rules": { "late-heder": "off" } }')
    await vi.waitFor(() => expect(errors).toHaveLength(1), 5000)
    expect(errors[0]?.message).toMatch(/extends: found "protct".*\n.*late-heder/)
    replace('{ "extends": ')
    await vi.waitFor(() => expect(errors).toHaveLength(2), 5000)
    rmSync(file)
    await vi.waitFor(() => expect(errors).toHaveLength(3), 5000)
    expect(await ask()).toEqual(['double-response suppress'])
    replace('{ "extends": "strict" }')
    await vi.waitFor(() => expect(source.current().decide('late-header', 'unknown')).toBe('throw'), 5000)
    source.close()
    replace('{ "extends": "observe" }')
    await sleep(100)
    expect(source.current().decide('late-header', 'unknown')).toBe('throw')
    close()
  })

  it('is not read while it is being written', async () => {
    const errors: Error[] = []
    const source = policyFile(file, { everyMs: 50, onError: (error) => errors.push(error) })
    const handle = await open(file, 'w')
    await handle.write('{ "extends": "protect"')
    for (let written = 0; written < 50; written += 1) {
      await handle.write(' ')
      await sleep(5)
    }
    await handle.write('}')
    await handle.close()
    await vi.waitFor(() => expect(source.current().decide('late-header', 'unknown')).toBe('suppress'), 5000)
    expect(errors).toEqual([])
    source.close()
  })

  it('calls every listener, and takes what they and onError throw for a warning', async () => {
    const called: string[] = []
    const rejections: unknown[] = []
    const reject = (reason: unknown) => rejections.push(reason)
    process.on('unhandledRejection', reject)
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const failing = (name: string, fail: () => unknown) => () => {
      called.push(name)
      return fail()
    }
    const thrown = () => {
      throw new Error('thrown')
    }
    const source = policyFile(file, { everyMs: 20, onError: failing('onError', thrown) })
    source.subscribe(failing('throws', thrown))
    source.subscribe(failing('rejects', () => Promise.reject(new Error('rejected'))))
    source.subscribe(failing('works', () => {}))
    try {
      replace('[]')
      await vi.waitFor(() => expect(called).toEqual(['onError']), 5000)
      replace('{ "extends": "protect" }')
      await vi.waitFor(() => expect(called).toEqual(['onError', 'throws', 'rejects', 'works']), 5000)
      replace('[1]')
      await vi.waitFor(() => expect(called).toHaveLength(5), 5000)
      await sleep(10)
      expect(rejections).toEqual([])
      const code = 'RESPOND_ONCE_POLICY_LISTENER_FAILED'
      expect(warn.mock.calls).toEqual([
        ['The onError of a policy file failed: thrown', { code }],
        ['A listener of a policy file failed: thrown', { code }],
      ])
    } finally {
      source.close()
      warn.mockRestore()
      process.off('unhandledRejection', reject)
    }
  })

  it('stops the service where it cannot be used to begin with', () => {
    replace('{ "rule": {} }')
    expect(() => policyFile(file)).toThrow(/policy\.json\.rule: found "rule"; .*did you mean "rules"/)
    expect(() => policyFile(join(room, 'missing.json'))).toThrow(InvalidOptionsError)
  })

  it.each<readonly [string, unknown, readonly object[]]>([
    ['no time', { everyMs: 0 }, [{ path: 'everyMs', found: '0', allowed: 'milliseconds, from 1 to 2147483647' }]],
    ['a time that is over', { everyMs: -5 }, [{ path: 'everyMs', found: '-5' }]],
    ['no number', { everyMs: Number.NaN }, [{ path: 'everyMs', found: 'NaN' }]],
    ['a time that no timer takes', { everyMs: 2 ** 31 }, [{ path: 'everyMs', found: '2147483648' }]],
    ['text as a time', { everyMs: 'x' }, [{ path: 'everyMs', found: '"x"', allowed: 'a number' }]],
    ['a typo', { everyms: 5 }, [{ path: 'everyms', suggestion: 'everyMs' }]],
    ['a number as a callback', { onError: 5 }, [{ path: 'onError', found: '5', allowed: 'a function' }]],
    ['a number as an environment', { environment: 1 }, [{ path: 'environment', found: '1' }]],
    ['a time as a clock', { now: 0 }, [{ path: 'now', allowed: 'a function' }]],
    ['a list', [], [{ path: 'options', found: 'an array' }]],
    ['null', null, [{ path: 'options', found: 'null' }]],
    [
      'what fails when it is read',
      {
        get everyMs(): never {
          throw new Error('boom')
        },
      },
      [{ path: 'everyMs', found: 'something that fails when it is read: boom' }],
    ],
  ])('takes no options like %s', (_name, options, expected) => {
    expect(problemsIn(file, options)).toMatchObject(expected)
  })

  it('tells the mistakes in its options beside those in the file', () => {
    replace('{ "extends": "protct" }')
    expect(problemsIn(file, { everyMs: 0, onErorr: () => {} })).toMatchObject([
      { path: 'everyMs' },
      { path: 'onErorr', suggestion: 'onError' },
      { path: `${file}.extends`, suggestion: 'protect' },
    ])
  })

  it.each([[new URL('file:///policy.json')], [undefined], [''], ['policy\0.json']])(
    'is found by a path, which is not %j',
    (path) => {
      expect(problemsIn(path, {})).toHaveLength(1)
    },
  )

  it('is the one that it was, wherever the process goes', async () => {
    const before = process.cwd()
    process.chdir(room)
    const source = policyFile('policy.json', { everyMs: 20 })
    process.chdir(tmpdir())
    try {
      replace('{ "extends": "protect" }')
      await vi.waitFor(() => expect(source.current().decide('late-header', 'unknown')).toBe('suppress'), 5000)
    } finally {
      source.close()
      process.chdir(before)
    }
  })

  it('is read with what it extends when it is replaced, and not when only that is', async () => {
    const base = join(room, 'base.json')
    writeFileSync(base, '{ "extends": "observe" }')
    replace('{ "extends": "./base.json" }')
    const source = policyFile(file, { everyMs: 20 })
    writeFileSync(base, '{ "extends": "strict" }')
    await sleep(150)
    expect(source.current().decide('late-header', 'unknown')).toBe('report')
    replace('{ "extends": "./base.json" }')
    await vi.waitFor(() => expect(source.current().decide('late-header', 'unknown')).toBe('throw'), 5000)
    source.close()
  })

  it('says of a bad version by a warning where nobody listens', async () => {
    const source = policyFile(file, { everyMs: 20 })
    const warned = once(process, 'warning')
    replace('[]')
    expect(await warned).toMatchObject([{ code: 'RESPOND_ONCE_POLICY_FILE', message: /found an array/ }])
    source.close()
  })
})
