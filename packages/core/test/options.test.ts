import { describe, expect, it } from 'vitest'
import { InvalidOptionsError, validateOptions } from '../src/options.ts'

/** The mistakes that are found in something. */
function problemsIn(options: unknown) {
  try {
    validateOptions(options)
  } catch (error) {
    if (!(error instanceof InvalidOptionsError)) throw error
    expect(error.code).toBe('RESPOND_ONCE_INVALID_OPTIONS')
    expect(error).toBeInstanceOf(TypeError)
    for (const { path, found, allowed, suggestion } of error.problems) {
      for (const part of [path, found, allowed, suggestion ?? '']) expect(error.message).toContain(part)
    }
    return error.problems
  }
  return []
}

const exemption = { fingerprint: '00aaaaaaaaaaaaaa', action: 'off', until: '2027-01-31', reason: 'JIRA-1' }

const at = (options: unknown) => problemsIn(options).map(({ path, suggestion }) => [path, suggestion])

describe('good options', () => {
  it.each<readonly [string, unknown]>([
    ['none', undefined],
    ['nothing set', {}],
    ['a preset', { policy: 'observe' }],
    ['a rule', { policy: { rules: { 'double-response': 'throw' } } }],
    ['a rule with options', { policy: { rules: { 'no-response': ['report', { afterMs: 10 }] } } }],
    ['a rule for one cause', { policy: { rules: { 'double-response/timeout': 'off' } } }],
    ['presets to start from', { policy: { extends: ['observe', { extends: 'strict', rules: {} }] } }],
    ['everything', { trace: 'never', reporters: [{ report() {} }], onViolation() {}, enabled: true }],
    ['what is undefined', { policy: undefined, trace: undefined, onViolation: undefined }],
  ])('%s', (_name, options) => {
    expect(problemsIn(options)).toEqual([])
  })

  it('are handed back as they were given, frozen or not', () => {
    const options = Object.freeze({ policy: Object.freeze({ rules: Object.freeze({ 'late-header': 'off' }) }) })
    expect(validateOptions(options)).toBe(options)
  })

  it('may be an object of a class, with a reporter of a class', () => {
    class Reporter {
      report() {}
    }
    expect(problemsIn({ reporters: [new Reporter()] })).toEqual([])
  })
})

describe('bad options', () => {
  it('names the nearest preset', () => {
    const [problem] = problemsIn({ policy: 'protct' })
    expect(problem).toMatchObject({ path: 'policy', found: '"protct"', suggestion: 'protect' })
    for (const name of ['observe', 'protect', 'strict']) expect(problem?.allowed).toContain(name)
  })

  it.each<readonly [string, unknown, readonly (readonly [string, string | undefined])[]]>([
    ['an unknown option', { polcy: 'protect' }, [['polcy', 'policy']]],
    ['an unknown option that is near to none', { zzz: 1 }, [['zzz', undefined]]],
    ['an unknown trace', { trace: 'alway' }, [['trace', 'always']]],
    [
      'an unknown kind',
      { policy: { rules: { 'double-respons': 'off' } } },
      [['policy.rules.double-respons', 'double-response']],
    ],
    [
      'an unknown cause',
      { policy: { rules: { 'double-response/timout': 'off' } } },
      [['policy.rules.double-response/timout', 'double-response/timeout']],
    ],
    [
      'an unknown action',
      { policy: { rules: { 'double-response': 'supress' } } },
      [['policy.rules.double-response', 'suppress']],
    ],
    [
      'an unknown action beside options',
      { policy: { rules: { 'no-response': ['reprot', {}] } } },
      [['policy.rules.no-response.0', 'report']],
    ],
    [
      'an unknown option of a rule',
      { policy: { rules: { 'no-response': ['report', { afterMS: 1 }] } } },
      [['policy.rules.no-response.1.afterMS', 'afterMs']],
    ],
    ['an unknown part of a policy', { policy: { rule: {} } }, [['policy.rule', 'rules']]],
    ['an unknown preset to start from', { policy: { extends: 'strct' } }, [['policy.extends', 'strict']]],
    ['an unknown preset in a list', { policy: { extends: ['strict', 'obsrve'] } }, [['policy.extends.1', 'observe']]],
    [
      'a mistake in a policy to start from',
      { policy: { extends: { rules: { 'late-heder': 'off' } } } },
      [['policy.extends.rules.late-heder', 'late-header']],
    ],
  ])('%s', (_name, options, expected) => {
    expect(at(options)).toEqual(expected)
  })

  it.each<readonly [string, unknown, string, string]>([
    ['a number as policy', { policy: 42 }, 'policy', '42'],
    ['nothing as policy', { policy: null }, 'policy', 'null'],
    ['a list as policy', { policy: ['strict'] }, 'policy', 'an array'],
    ['a list as rules', { policy: { rules: [] } }, 'policy.rules', 'an array'],
    ['a number as action', { policy: { rules: { 'late-header': 1 } } }, 'policy.rules.late-header', '1'],
    ['a boolean as action', { policy: { rules: { 'late-header': true } } }, 'policy.rules.late-header', 'true'],
    [
      'text as a time',
      { policy: { rules: { 'no-response': ['report', { afterMs: '9' }] } } },
      'policy.rules.no-response.1.afterMs',
      '"9"',
    ],
    [
      'a negative time',
      { policy: { rules: { 'no-response': ['report', { afterMs: -1 }] } } },
      'policy.rules.no-response.1.afterMs',
      '-1',
    ],
    [
      'an endless time',
      { policy: { rules: { 'no-response': ['report', { afterMs: Number.POSITIVE_INFINITY }] } } },
      'policy.rules.no-response.1.afterMs',
      'Infinity',
    ],
    [
      'no number as time',
      { policy: { rules: { 'no-response': ['report', { afterMs: Number.NaN }] } } },
      'policy.rules.no-response.1.afterMs',
      'NaN',
    ],
    ['text as switch', { enabled: 'false' }, 'enabled', '"false"'],
    ['a function as reporters', { reporters: () => {} }, 'reporters', 'function'],
    ['a function as a reporter', { reporters: [() => {}] }, 'reporters.0', 'function'],
    ['an object that reports nothing', { reporters: [{}] }, 'reporters.0', 'object'],
    ['text as listener', { onViolation: 'log' }, 'onViolation', '"log"'],
    ['a preset instead of options', 'protect', 'options', '"protect"'],
    ['a number instead of options', 42, 'options', '42'],
    ['a list instead of options', [], 'options', 'an array'],
    ['a function instead of options', () => {}, 'options', 'function'],
  ])('%s', (_name, options, path, found) => {
    const problems = problemsIn(options)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatchObject({
      path,
      found: expect.stringContaining(found),
      allowed: expect.stringMatching(/./),
    })
  })

  it.each<readonly [string, unknown, string]>([
    ['rules', { policy: { rules: 1 } }, 'an object'],
    ['an override', { policy: { overrides: [1] } }, 'an object'],
    ['its rules', { policy: { overrides: [{ rules: 1 }] } }, 'an object'],
    ['overrides', { policy: { overrides: 1 } }, 'a list'],
    ['a reason', { policy: { exemptions: [{ ...exemption, reason: 1 }] } }, 'text'],
    ['a switch', { enabled: 1 }, 'true or false'],
    [
      'a switch of a rule',
      { policy: { rules: { 'body-overwritten': ['off', { onlyRefusals: 1 }] } } },
      'true or false',
    ],
    ['a time', { policy: { rules: { 'no-response': ['off', { afterMs: true }] } } }, 'a number'],
    ['options of a rule', { policy: { rules: { 'no-response': ['off', 1] } } }, 'an object'],
    ['limits', { limits: 1 }, 'an object'],
    ['a count', { limits: { tracedRoutes: '1' } }, 'a whole number, from 1 to 1000000'],
    ['a glob', { ignore: [1] }, 'text'],
    ['options', 1, 'an object'],
  ])('says in plain words what is allowed as %s', (_name, options, allowed) => {
    expect(problemsIn(options)).toMatchObject([{ allowed }])
  })

  it.each<readonly [string, object, string]>([
    ['a map', new Map(), 'an instance of Map'],
    ['a class', new (class Company {})(), 'an instance of Company'],
    ['a class without a name', new (class {})(), 'an object that inherits from another one'],
    ['an heir of data', Object.create({}), 'an object that inherits from another one'],
    ['an heir of something', Object.create({ constructor: 5 }), 'an object that inherits from another one'],
  ])('says of %s that it is no plain data', (_name, policy, found) => {
    expect(problemsIn({ policy: { rules: policy } })).toMatchObject([
      { path: 'policy.rules', found, allowed: 'plain data' },
    ])
  })

  it.each<readonly [string, string, string, string, string | undefined]>([
    ['no-response', 'graceMs', '"graceMs"', 'afterMs; graceMs is an option of truncated-response', undefined],
    ['no-response/unknown', 'aftrMs', '"aftrMs"', 'afterMs', 'afterMs'],
    ['no-respons', 'graceMs', '"graceMs"', 'afterMs; graceMs is an option of truncated-response', undefined],
    ['truncated-response', 'idleMS', '"idleMS"', 'graceMs, idleMs', 'idleMs'],
    ['truncated-response', 'onlyRefusal', '"onlyRefusal"', 'graceMs, idleMs', undefined],
    ['late-header', 'afterMs', '"afterMs"', 'no options; afterMs is an option of no-response', undefined],
    ['late-header', 'x', '"x"', 'no options', undefined],
  ])('lists the options of %s for %s, and no others', (rule, option, found, allowed, suggestion) => {
    const at = (path: string) => path.endsWith(`.${option}`)
    const problem = problemsIn({ policy: { rules: { [rule]: ['report', { [option]: 5 }] } } }).find(({ path }) =>
      at(path),
    )
    expect([problem?.found, problem?.allowed, problem?.suggestion]).toEqual([found, allowed, suggestion])
  })

  it('finds every mistake at once', () => {
    const paths = at({
      policy: { extends: 'strct', rules: { 'double-respons': 'off', 'late-header': 'supress' } },
      trace: 'sometimes',
      onViolatoin: () => {},
      enabled: 1,
    }).map(([path]) => path)
    expect(paths.toSorted()).toEqual(
      [
        'enabled',
        'onViolatoin',
        'policy.extends',
        'policy.rules.double-respons',
        'policy.rules.late-header',
        'trace',
      ].toSorted(),
    )
  })

  it('says what is allowed for a rule that is neither an action nor a pair', () => {
    const [problem] = problemsIn({ policy: { rules: { 'late-header': {} } } })
    expect(problem).toMatchObject({ path: 'policy.rules.late-header' })
    for (const action of ['off', 'report', 'suppress', 'throw']) expect(problem?.allowed).toContain(action)
  })
})
