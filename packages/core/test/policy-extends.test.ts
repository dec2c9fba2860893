import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InvalidOptionsError } from '../src/options.ts'
import { type CompileOptions, compilePolicy } from '../src/policy/compile.ts'
import { tryCompileFile } from '../src/policy/file.ts'
import type { Policy } from '../src/policy/model.ts'

const room = mkdtempSync(join(tmpdir(), 'respond-once-extends-'))
const from = join(room, 'service', 'policy.json')

function write(path: string, content: unknown): string {
  const file = join(room, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

/** A package under the service's node_modules. */
function pack(name: string, manifest: object, files: Readonly<Record<string, unknown>>): void {
  write(`service/node_modules/${name}/package.json`, { name, version: '1.0.0', ...manifest })
  for (const [file, content] of Object.entries(files)) write(`service/node_modules/${name}/${file}`, content)
}

function problemsIn(policy: unknown, options: CompileOptions = { from }) {
  try {
    compilePolicy(policy as Policy, options)
  } catch (error) {
    if (error instanceof InvalidOptionsError) return error.problems
    throw error
  }
  return []
}

beforeAll(() => {
  const rules = (action: string) => ({ extends: [], rules: { 'late-header': action } })
  pack(
    'esm-policy',
    { type: 'module', exports: './index.js' },
    { 'index.js': `export default ${JSON.stringify(rules('throw'))}` },
  )
  pack('@acme/policy', { main: 'index.cjs' }, { 'index.cjs': `module.exports = ${JSON.stringify(rules('suppress'))}` })
  pack(
    'json-policy',
    { main: 'policy.json' },
    { 'policy.json': { extends: 'esm-policy', rules: { 'late-status': 'off' } } },
  )
  pack(
    'compiled-policy',
    { main: 'index.js' },
    { 'index.js': `exports.__esModule = true; exports.default = ${JSON.stringify(rules('report'))}` },
  )
  pack('broken-policy', { main: 'index.js' }, { 'index.js': 'throw new Error("out of order")' })
  const throwing = `export default ${JSON.stringify(rules('throw'))}`
  pack('import-only', { type: 'module', exports: { import: './index.js' } }, { 'index.js': throwing })
  pack(
    '@acme/import-only',
    {
      exports: {
        '.': { types: './index.d.ts', node: { import: './index.mjs' } },
        './rules/*': { import: './src/*.mjs' },
        './gone': { import: './gone.mjs' },
        './data': { import: './data.json' },
        './browser': { browser: './index.mjs' },
        './private/*': null,
      },
    },
    { 'index.mjs': throwing, 'src/late.mjs': throwing, 'data.json': { extends: 'import-only' } },
  )
  pack(
    'both',
    { exports: { import: './index.mjs', require: './index.cjs' } },
    { 'index.mjs': 'throw new Error("imported")', 'index.cjs': `module.exports = ${JSON.stringify(rules('report'))}` },
  )
  write('node_modules/further-up/package.json', { name: 'further-up', exports: { import: './index.mjs' } })
  write('node_modules/further-up/index.mjs', throwing)
  write('node_modules/import-only/package.json', { name: 'import-only', exports: { import: './index.mjs' } })
  write('node_modules/import-only/index.mjs', 'throw new Error("the wrong one")')
  pack('awaiting', { type: 'module', exports: './index.js' }, { 'index.js': 'export default await {}' })
  pack('without-main', { main: 'dist/index.js' }, {})
  pack(
    'reading-policy',
    { main: 'index.js' },
    { 'index.js': 'require("node:fs").readFileSync("/nowhere/rules.json")', 'text.js': 'throw "out of order"' },
  )
  pack('long-winded', { main: 'index.js' }, { 'index.js': `throw new Error("${'so '.repeat(50)}much")` })
  write('service/needing.cjs', 'require("./what-is-missing.cjs")')
  pack('no-policy', { main: 'index.js' }, { 'index.js': 'module.exports = () => {}' })
  pack('faulty-policy', { main: 'index.json' }, { 'index.json': { rules: { 'late-heder': 'off' } } })
  pack('loop-a', { main: 'index.json' }, { 'index.json': { extends: ['loop-b'] } })
  pack('loop-b', { main: 'index.json' }, { 'index.json': { extends: 'loop-a' } })
  pack(
    'locking',
    { main: 'index.json' },
    { 'index.json': { rules: { 'late-header': 'throw' }, locked: ['late-header'] } },
  )
  write('service/base.json', rules('report'))
  write('service/node_modules/loop-a/node_modules/.keep', '')
})

afterAll(() => rmSync(room, { recursive: true, force: true }))

describe('a policy that is extended by name', () => {
  it.each([
    ['an ES module', 'esm-policy', 'throw'],
    ['a scoped CommonJS package', '@acme/policy', 'suppress'],
    ['a package that is JSON, and extends another one', 'json-policy', 'throw'],
    ['a package compiled to CommonJS', 'compiled-policy', 'report'],
    ['a file of a package', '@acme/policy/index.cjs', 'suppress'],
    ['a file beside it', './base.json', 'report'],
    ['a package that can only be imported', 'import-only', 'throw'],
    ['one that can only be imported by Node', '@acme/import-only', 'throw'],
    ['a file of it', '@acme/import-only/rules/late', 'throw'],
    ['JSON in it', '@acme/import-only/data', 'throw'],
    ['one in a folder further up', 'further-up', 'throw'],
    ['a package that can be imported and required', 'both', 'report'],
  ])('may be %s', (_name, name, action) => {
    const policy = { extends: ['observe', name] } as unknown as Policy
    expect(compilePolicy(policy, { from }).decide('late-header', 'unknown')).toBe(action)
  })

  it.each([
    ['a typo of a preset', 'obsrve', { found: '"obsrve"', suggestion: 'observe' }],
    ['a package that is not there', '@acme/polcy', { found: '"@acme/polcy"' }],
    ['a module of Node', 'fs', { found: '"fs"' }],
    ['a file that is not there', './missing.json', { found: expect.stringContaining('which is not there') }],
    ['a package that fails', 'broken-policy', { found: expect.stringContaining('out of order') }],
    [
      'a package that fails for what it reads',
      'reading-policy',
      { found: expect.stringContaining('/nowhere/rules.json') },
    ],
    [
      'a package that throws no error',
      'reading-policy/text.js',
      { found: '"reading-policy/text.js", which fails: out of order' },
    ],
    ['a package that fails in many words', 'long-winded', { found: expect.stringContaining('so much') }],
    [
      'a package that waits',
      'awaiting',
      {
        found: '"awaiting", which waits: it or what it imports has an await at its top level',
        allowed: 'a package or a file with a policy that is there at once; in code, the imported policy',
      },
    ],
    [
      'a package whose main file is missing',
      'without-main',
      { found: expect.stringMatching(/^"without-main", which fails: .*dist.index\.js/) },
    ],
    [
      'a package for browsers',
      '@acme/import-only/browser',
      {
        found: '"@acme/import-only/browser", which is installed, but not exported to Node',
        allowed: 'a package or a file with a policy',
      },
    ],
    [
      'a file that is kept back by a pattern',
      '@acme/import-only/private/x',
      { found: '"@acme/import-only/private/x", which is installed, but not exported to Node' },
    ],
    [
      'an exported file that is not there',
      '@acme/import-only/gone',
      { found: expect.stringMatching(/^"@acme\/import-only\/gone", which fails: .*gone\.mjs/) },
    ],
    [
      'a file that a package keeps to itself',
      'esm-policy/package.json',
      { found: '"esm-policy/package.json", which is installed, but not exported to Node' },
    ],
    ['a file of a package that is not there', '@acme/policy/x.cjs', { found: expect.stringContaining('which fails') }],
    ['a module that is not there', './missing.cjs', { found: '"./missing.cjs", which is not there' }],
    ['a module that needs what is not there', './needing.cjs', { found: expect.stringContaining('what-is-missing') }],
    ['a package without a policy', 'no-policy', { found: '"no-policy", which exports none' }],
    ['an absolute path', from, { found: expect.stringContaining('"') }],
    ['nothing', '', { found: '""' }],
  ])('may not be %s', (_name, name, expected) => {
    expect(problemsIn({ extends: ['strict', name] })).toMatchObject([{ path: 'policy.extends.1', ...expected }])
  })

  it('extends what is beside it, and not beside the link to it', () => {
    const store = 'store/linked/node_modules'
    write(`${store}/linked/package.json`, { name: 'linked', exports: { import: './policy.json' } })
    write(`${store}/linked/policy.json`, { extends: 'beside' })
    write(`${store}/beside/package.json`, { name: 'beside', exports: { import: './index.mjs' } })
    write(`${store}/beside/index.mjs`, 'export default { rules: { "late-header": "throw" } }')
    symlinkSync(join(room, store, 'linked'), join(room, 'service/node_modules/linked'), 'junction')
    const policy = { extends: ['observe', 'linked'] } as unknown as Policy
    expect(compilePolicy(policy, { from }).decide('late-header', 'unknown')).toBe('throw')
  })

  it('is checked like any other', () => {
    expect(problemsIn({ extends: 'faulty-policy' })).toMatchObject([
      { path: 'policy.extends.rules.late-heder', suggestion: 'late-header' },
    ])
  })

  it('may be wrong in a rule twice: in its name, and in what it says', () => {
    expect(problemsIn({ rules: { 'late-heder': 'supress' } })).toMatchObject([
      { path: 'policy.rules.late-heder', suggestion: 'late-header' },
      { path: 'policy.rules.late-heder', suggestion: 'suppress' },
    ])
  })

  it('is named by who has locked something in it', () => {
    const [problem] = problemsIn({ extends: ['locking'], rules: { 'late-header': 'off' } })
    expect(problem?.allowed).toMatch(
      /late-header is locked by locking \(.*locking.index\.json\), at policy\.extends\.0\.locked\.0/,
    )
  })

  it('is looked up from the application where nobody says from where', () => {
    expect(problemsIn({ extends: 'esm-policy' }, {})).toMatchObject([{ path: 'policy.extends', found: '"esm-policy"' }])
  })
})

describe('a cycle', () => {
  it('of names is named', () => {
    expect(problemsIn({ extends: ['strict', 'loop-a'] })).toMatchObject([
      { path: 'policy.extends.1.extends.0.extends', found: 'a cycle: loop-a → loop-b → loop-a' },
    ])
  })

  it('of objects is named', () => {
    const policy: { extends?: unknown } = {}
    policy.extends = ['strict', { extends: policy }]
    expect(problemsIn(policy)).toMatchObject([
      { path: 'policy.extends.1.extends', found: 'a cycle: policy → policy.extends.1 → policy' },
    ])
  })

  it('is not what one policy is that is extended twice', () => {
    const base: Policy = { extends: 'strict' }
    expect(problemsIn({ extends: [base, { extends: base }, base] })).toEqual([])
  })
})

describe('a policy file', () => {
  it('is named in its mistakes', () => {
    const file = write('service/bad.json', { extends: ['./base.json', 'nowhere'], rules: { 'late-header': 'of' } })
    expect(tryCompileFile(file).problems).toMatchObject([
      { path: expect.stringMatching(/bad\.json\.extends\.1$/) },
      { path: expect.stringMatching(/bad\.json\.rules\.late-header$/), suggestion: 'off' },
    ])
  })

  it.each([
    ['no JSON', '{ "rules": '],
    ['nothing', ''],
    ['a list', '[]'],
    ['null', 'null'],
  ])('may not be %s', (name, text) => {
    const file = write(`service/${name.replace(' ', '-')}.json`, text)
    expect(tryCompileFile(file)).toMatchObject({
      policy: undefined,
      problems: [{ path: expect.stringMatching(/json$/) }],
    })
  })

  it('may not wait', () => {
    const file = write('service/waiting.mjs', 'export default await {}')
    expect(tryCompileFile(file).problems).toEqual([
      {
        path: file,
        found: 'a file that waits: it or what it imports has an await at its top level',
        allowed: 'a policy, as JSON or as a module',
      },
    ])
  })

  it('may begin with the mark of its byte order, as some editors write it', () => {
    write('service/marked-base.json', '\ufeff{ "extends": "strict" }')
    const file = write('service/marked.json', '\ufeff{ "extends": "./marked-base.json" }')
    const { policy, problems } = tryCompileFile(file)
    expect(problems).toEqual([])
    expect(policy?.decide('late-header', 'unknown')).toBe('throw')
  })

  it('may name its schema', () => {
    const file = write('service/schema.json', { $schema: './node_modules/x.json', rules: {} })
    expect(tryCompileFile(file).problems).toEqual([])
  })
})
