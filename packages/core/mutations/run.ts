// Puts one bug after the other into a copy of the guard and runs the tests: each has to turn one of them red.
//
//   npx tsx packages/core/mutations/run.ts [words of a mutant's name]
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MUTANTS, type Mutant, TESTS } from './mutants.ts'

const core = fileURLToPath(new URL('..', import.meta.url))
const root = fileURLToPath(new URL('../../..', import.meta.url))

/** A program that hangs is a red test too, but nobody should wait for it. */
const CONFIG = {
  cacheDir: 'cache',
  test: { include: ['packages/core/test/**/*.test.ts'], testTimeout: 8000, teardownTimeout: 1000 },
}

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly status: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

/** The guard and its tests, where they can be broken. */
class Copy {
  readonly #home = mkdtempSync(join(tmpdir(), 'mutations-'))
  readonly #core = join(this.#home, 'packages', 'core')

  constructor() {
    mkdirSync(this.#core, { recursive: true })
    for (const part of ['src', 'test', 'package.json'])
      cpSync(join(core, part), join(this.#core, part), { recursive: true })
    symlinkSync(join(core, 'node_modules'), join(this.#core, 'node_modules'))
    symlinkSync(join(root, 'node_modules'), join(this.#home, 'node_modules'))
    writeFileSync(join(this.#home, 'vitest.config.mjs'), `export default ${JSON.stringify(CONFIG)}\n`)
  }

  #source(file: string): string {
    return join(this.#core, 'src', file)
  }

  /** What is wrong with a mutant: the guard has moved on since it was written. */
  complaints({ name, file, find, put }: Mutant): readonly string[] {
    const count = readFileSync(this.#source(file), 'utf8').split(find).length - 1
    if (count !== 1) return [`${name}: its text is ${count} times in ${file}; bring mutants.ts up to date`]
    return put === find ? [`${name}: it changes nothing`] : []
  }

  /** Breaks the copy, runs the tests, mends it; returns the names of the tests that failed. */
  async red({ file, find, put, tests = TESTS }: Mutant): Promise<readonly string[]> {
    const source = readFileSync(this.#source(file), 'utf8')
    writeFileSync(
      this.#source(file),
      source.replace(find, () => put),
    )
    try {
      return await this.test(tests)
    } finally {
      writeFileSync(this.#source(file), source)
    }
  }

  async test(filters: readonly string[]): Promise<readonly string[]> {
    const output = join(this.#home, 'report.json')
    rmSync(output, { force: true })
    const args = ['run', ...filters, '--reporter=json', `--outputFile=${output}`, '--no-color']
    await this.#vitest(args)
    const { testResults } = JSON.parse(readFileSync(output, 'utf8')) as Report
    return testResults.flatMap(({ name, message, status, assertionResults }) => {
      // A file that does not load proves nothing.
      if (status === 'failed' && assertionResults.length === 0) throw new Error(`${name}: ${message}`)
      const file = name.replace(/^.*[\\/]test[\\/]/, '')
      const failed = assertionResults.filter((result) => result.status === 'failed')
      return failed.map(({ fullName }) => `${file}: ${fullName.trim()}`)
    })
  }

  #vitest(args: readonly string[]): Promise<void> {
    const entry = join(root, 'node_modules', 'vitest', 'vitest.mjs')
    const child = spawn(process.execPath, [entry, ...args], {
      cwd: this.#home,
      env: { ...process.env, MODEL_RUNS: '1000' },
      stdio: 'ignore',
      timeout: 300_000,
      killSignal: 'SIGKILL',
    })
    return new Promise((resolve) => child.on('close', () => resolve()))
  }

  remove(): void {
    rmSync(this.#home, { recursive: true, force: true })
  }
}

/** As in a table: no line breaks, no bars. */
const flat = (text: string) => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')

const isModel = (test: string) => test.startsWith('model')

async function main(): Promise<void> {
  const words = process.argv.slice(2).join(' ')
  const copy = new Copy()
  const survivors: string[] = []
  try {
    const complaints = MUTANTS.flatMap((mutant) => copy.complaints(mutant))
    if (complaints.length > 0) throw new Error(complaints.join('\n'))
    const red = await copy.test(TESTS)
    if (red.length > 0) throw new Error(`red before anything was broken:\n${red.join('\n')}`)
    process.stdout.write('| bug | red tests | one of them |\n|---|---|---|\n')
    for (const mutant of MUTANTS.filter(({ name }) => name.includes(words))) {
      const failed = await copy.red(mutant)
      if (failed.length === 0) survivors.push(mutant.name)
      // The model finds most of them, and says least of what is wrong.
      const [first = '**none**'] = failed.toSorted((a, b) => Number(isModel(a)) - Number(isModel(b)))
      process.stdout.write(`| ${flat(mutant.name)} | ${failed.length} | ${flat(first)} |\n`)
    }
  } finally {
    copy.remove()
  }
  if (survivors.length === 0) return
  process.stderr.write(`survived: ${survivors.join('; ')}\n`)
  process.exitCode = 1
}

await main()
