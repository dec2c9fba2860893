import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OperationRecord } from '../src/violation.ts'
import { Elsewhere, lineIn } from './programs-elsewhere.ts'

// Both places are named in whatever way the application came to run.

const elsewhere = new Elsewhere()
beforeAll(() => elsewhere.install())
afterAll(() => elsewhere.remove())

const place = (operation: OperationRecord | undefined) => {
  const { site } = operation ?? {}
  return site === undefined ? 'unknown' : `${relative(elsewhere.folder, site.file)}:${site.line}`
}

/** Runs a program, and says which two places it was told, in how many violations. */
async function placesOf(...args: string[]): Promise<readonly string[]> {
  const { violations, output } = await elsewhere.run(...args)
  expect(violations, output).toHaveLength(1)
  expect(output).not.toContain('hush')
  const [violation] = violations
  return [place(violation?.first), place(violation?.second)]
}

const twice = `
  res.end('one') // @first
  res.end('two') // @second
`

/** A program whose source says where the two places are. */
async function expectMarked(files: Readonly<Record<string, string>>, ...args: string[]): Promise<void> {
  elsewhere.write(files)
  expect(await placesOf(...args)).toEqual([lineIn(files, '@first'), lineIn(files, '@second')])
}

/** TypeScript whose lines are elsewhere once it is compiled. */
const TYPED = `import { ask } from '../ask.mjs'
interface Sized {
  readonly length: number
  readonly unit: 'bytes' | 'characters'
}
type Answer = { end(text: string): void }
const sized = (text: string): Sized => ({ length: text.length, unit: 'characters' })

ask((_req: unknown, res: Answer) => {
  sized('one')
${twice}
})
`

async function bundle(entry: string, options: BuildOptions): Promise<void> {
  await build({
    absWorkingDir: elsewhere.folder,
    entryPoints: [entry],
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    outfile: 'dist/app.mjs',
    external: ['@respond-once/core', '../ask.mjs'],
    ...options,
  })
}

describe('modules', () => {
  it('an ES module, whose stack has URLs', () =>
    expectMarked({ 'esm.mjs': `import { ask } from './ask.mjs'\nask((req, res) => {${twice}})` }, 'esm.mjs'))

  it('a CommonJS module', () =>
    expectMarked({ 'cjs.cjs': `import('./ask.mjs').then(({ ask }) => ask((req, res) => {${twice}}))` }, 'cjs.cjs'))

  it('a folder whose name is hard to read in a stack', () =>
    expectMarked(
      { 'my app (1)/è%20.mjs': `import { ask } from '../ask.mjs'\nask((req, res) => {${twice}})` },
      'my app (1)/è%20.mjs',
    ))

  it('TypeScript, run by tsx', () =>
    expectMarked({ 'src/typed.ts': TYPED }, '--import', import.meta.resolve('tsx'), 'src/typed.ts'))
})

describe('compiled code', () => {
  const sources = { 'src/app.ts': TYPED }

  it.each<readonly [string, BuildOptions, readonly string[]]>([
    ['with a map beside it, and Node told to use it', { sourcemap: true }, ['--enable-source-maps']],
    ['with a map beside it', { sourcemap: true }, []],
    ['with the map in it', { sourcemap: 'inline' }, []],
    ['made small, in one line', { sourcemap: true, minify: true }, []],
    ['made small, and Node told to use the map', { sourcemap: true, minify: true }, ['--enable-source-maps']],
    ['with a map that does not carry the sources', { sourcemap: true, sourcesContent: false }, []],
  ])('%s', async (_name, options, flags) => {
    elsewhere.write(sources)
    await bundle('src/app.ts', { bundle: true, ...options })
    expect(await placesOf(...flags, 'dist/app.mjs')).toEqual([lineIn(sources, '@first'), lineIn(sources, '@second')])
  })

  it('with the guard in the same bundle: it is not taken for the application', async () => {
    elsewhere.write(sources)
    await bundle('src/app.ts', { bundle: true, sourcemap: true, external: [] })
    expect(await placesOf('dist/app.mjs')).toEqual([lineIn(sources, '@first'), lineIn(sources, '@second')])
  })

  it('whose map has names of webpack', async () => {
    elsewhere.write(sources)
    await build({
      absWorkingDir: elsewhere.folder,
      entryPoints: ['src/app.ts'],
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
      outfile: 'dist/app.mjs',
      external: ['@respond-once/core', '../ask.mjs'],
      sourcemap: 'external',
      write: false,
    }).then(({ outputFiles }) => {
      const [map, code] = ['.map', '.mjs'].map((end) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? '')
      const renamed = (map ?? '').replace('../src/app.ts', 'webpack://shop/./src/app.ts')
      const comment = `//# sourceMappingURL=data:application/json;base64,${Buffer.from(renamed).toString('base64')}`
      writeFileSync(join(elsewhere.folder, 'dist/app.mjs'), `${code}\n${comment}\n`)
    })
    expect(await placesOf('dist/app.mjs')).toEqual([lineIn(sources, '@first'), lineIn(sources, '@second')])
  })

  it('without a map: the places are those of what runs', async () => {
    elsewhere.write(sources)
    await bundle('src/app.ts', { bundle: true, sourcemap: false })
    const places = await placesOf('dist/app.mjs')
    expect(places.map((text) => text.replace(/\d+$/, ''))).toEqual(['dist/app.mjs:', 'dist/app.mjs:'])
  })

  it('whose map is broken, or is not there', async () => {
    for (const comment of [
      'missing.map',
      'data:application/json;base64,e30',
      'data:application/json,%',
      'http://x/y',
    ]) {
      const files = {
        'broken.mjs': `import { ask } from './ask.mjs'\nask((req, res) => {${twice}})\n//# sourceMappingURL=${comment}\n`,
      }
      await expectMarked(files, 'broken.mjs')
    }
  })
})

describe('code without a file', () => {
  it('run by eval: the place is the call of eval', async () => {
    const files = {
      'eval.mjs': `import { ask } from './ask.mjs'
ask((req, res) => {
  eval("\\n\\n\\nres.end('one')") // @first
  new Function('res', "res.end('two')")(res) // @second
})`,
    }
    elsewhere.write(files)
    // What a Function runs stands where the Function was made: both are on one line here.
    expect(await placesOf('eval.mjs')).toEqual([lineIn(files, '@first'), lineIn(files, '@second')])
  })

  it('a script that is named as on Windows', async () => {
    elsewhere.write({
      'windows.mjs': `import vm from 'node:vm'
import { ask } from './ask.mjs'
const run = (code, filename) => vm.runInThisContext(code, { filename })
const helper = run('((res) => {\\n res.end("two") })', 'C:\\\\shop\\\\node_modules\\\\@scope\\\\late\\\\index.js')
const handler = run('((req, res, helper) => {\\n\\n res.end("one")\\n helper(res) })', 'C:\\\\shop\\\\routes\\\\users.js')
ask((req, res) => handler(req, res, helper))`,
    })
    const { violations } = await elsewhere.run('windows.mjs')
    expect(violations).toMatchObject([
      {
        cause: 'missing-return',
        first: { site: { file: 'C:\\shop\\routes\\users.js', line: 3 } },
        second: { site: { file: 'C:\\shop\\routes\\users.js', line: 4 } },
      },
    ])
  })
})

describe('an Error that is not as usual', () => {
  const program = (before: string) => ({
    'error.mjs': `import { ask } from './ask.mjs'\n${before}\nask((req, res) => {${twice}})`,
  })

  it.each([
    ['stackTraceLimit 0', 'Error.stackTraceLimit = 0'],
    ['no stackTraceLimit', 'delete Error.stackTraceLimit'],
    ['stackTraceLimit that cannot be written', "Object.defineProperty(Error, 'stackTraceLimit', { value: 7 })"],
    ['frozen', 'Object.freeze(Error)'],
    ['prepareStackTrace that makes an array', 'Error.prepareStackTrace = (error, sites) => sites'],
    [
      'prepareStackTrace that makes something else',
      "Error.prepareStackTrace = () => ({ toString: () => 'at nobody' })",
    ],
    ['prepareStackTrace that throws', "Error.prepareStackTrace = () => { throw new Error('no') }"],
    [
      'prepareStackTrace that cannot be replaced, and makes text',
      `Object.defineProperty(Error, 'prepareStackTrace', { value: (error, sites) => error + '\\n    at ' + sites.join('\\n    at ') })`,
    ],
    [
      'prepareStackTrace that cannot be replaced, and makes an array',
      "Object.defineProperty(Error, 'prepareStackTrace', { value: (error, sites) => sites })",
    ],
  ])('%s', (_name, before) => expectMarked(program(before), 'error.mjs'))

  it('is as it was, afterwards', async () => {
    elsewhere.write(
      program(`Error.prepareStackTrace = function mine() { return 'mine' }
Error.stackTraceLimit = 3
process.on('exit', () => console.log(Error.prepareStackTrace.name, Error.stackTraceLimit, new Error().stack))`),
    )
    expect((await elsewhere.run('error.mjs')).output).toContain('mine 3 mine')
  })
})

describe('functions', () => {
  it.each([
    ['after an await, in a helper', `ask(async (req, res) => { await helper(res, 'one'); await helper2(res) })`],
    [
      'without a name, in a timer',
      `ask(async (req, res) => { await helper(res, 'one'); setTimeout(() => helper2(res), 5) })`,
    ],
  ])('%s', (_name, handler) =>
    expectMarked(
      {
        'async.mjs': `import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from './ask.mjs'
const helper = async (res, text) => {
  await sleep(1)
  res.end(text) // @first
}
const helper2 = async (res) => {
  await null
  res.end('two') // @second
}
${handler}`,
      },
      'async.mjs',
    ),
  )
})

describe('helpers that are ignored', () => {
  const files = {
    'src/lib/http-helpers.mjs': `export const ok = (res, text) => {\n  res.end(text)\n}`,
    'helped.mjs': `import { ask } from './ask.mjs'
import { ok } from './src/lib/http-helpers.mjs'
ask((req, res) => {
  ok(res, 'one') // @first
  ok(res, 'two') // @second
}, { ignore: JSON.parse(process.argv[2]) })`,
  }

  it.each([['**/src/lib/http-helpers.mjs'], ['src/lib/*'], ['**/lib/**']])('by %s', (glob) =>
    expectMarked(files, 'helped.mjs', JSON.stringify([glob])),
  )

  it('only where a glob fits', async () => {
    elsewhere.write(files)
    const helper = 'src/lib/http-helpers.mjs:2'
    expect(await placesOf('helped.mjs', '["**/lib/other.mjs"]')).toEqual([helper, helper])
    expect(await placesOf('helped.mjs', '[]')).toEqual([helper, helper])
  })

  it('all of the application: something is named all the same', async () => {
    elsewhere.write(files)
    expect(await placesOf('helped.mjs', '["**/*"]')).toEqual([
      'src/lib/http-helpers.mjs:2',
      'src/lib/http-helpers.mjs:2',
    ])
  })
})

it('names the package that answered, where nothing else is on the stack', async () => {
  const files = {
    'node_modules/late-package/index.js': `exports.soon = (res) => setTimeout(() => { res.statusCode = 503; res.end('late') }, 5)`,
    'node_modules/late-package/package.json': '{ "name": "late-package", "main": "index.js" }',
    'packaged.mjs': `import { ask } from './ask.mjs'
import { soon } from 'late-package'
ask((req, res) => {
  soon(res)
  setTimeout(() => {
    res.end('mine') // @second
  }, 30)
})`,
  }
  elsewhere.write(files)
  const { violations } = await elsewhere.run('packaged.mjs')
  expect(violations).toHaveLength(1)
  const [violation] = violations
  expect(violation?.first).toMatchObject({ operation: 'res.end', statusCode: 503 })
  expect([place(violation?.first), place(violation?.second)]).toEqual(['unknown', lineIn(files, '@second')])
  expect(violation?.message).toMatch(/already answered by res\.end \(503\) in late-package, /)
  expect(violation?.hint).toContain('in late-package')
})
