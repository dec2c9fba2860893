import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Violation } from '../src/violation.ts'

// Programs that are written to a folder of their own and run as a user's are: with the package below `node_modules`, by
// plain Node or any loader, bundled or not.

/** Serves one request, and prints what is told. */
const ASK = `
import { createServer, get } from 'node:http'
import { respondOnce } from '@respond-once/core/node'
export function ask(handler, options = {}) {
  const onViolation = (violation) => console.log('VIOLATION ' + JSON.stringify(violation))
  const server = createServer(respondOnce(handler, { trace: 'always', reporters: [], onViolation, ...options }))
  server.listen(0, '127.0.0.1', () => {
    get({ port: server.address().port, host: '127.0.0.1', path: '/?secret=hush' }, (response) => {
      response.resume().on('close', () => setTimeout(() => process.exit(0), 60))
    })
  })
}
`

export class Elsewhere {
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), 'respond-once-')))

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, name)), { recursive: true })
      writeFileSync(join(this.folder, name), text)
    }
  }

  /** The package as it is when it is installed, in one file. */
  async install(): Promise<void> {
    const folder = 'node_modules/@respond-once/core'
    await build({
      entryPoints: [fileURLToPath(new URL('../src/node.ts', import.meta.url))],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: join(this.folder, folder, 'dist/node.js'),
      logLevel: 'error',
      banner: {
        js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
      },
    })
    const manifest = { name: '@respond-once/core', type: 'module', exports: { './node': './dist/node.js' } }
    this.write({ [`${folder}/package.json`]: JSON.stringify(manifest), 'ask.mjs': ASK, 'package.json': '{}' })
  }

  run(...args: string[]): Promise<{ readonly violations: readonly Violation[]; readonly output: string }> {
    return new Promise((resolve) => {
      execFile(process.execPath, args, { cwd: this.folder, timeout: 20_000 }, (_error, stdout, stderr) => {
        const lines = stdout.split('\n').filter((line) => line.startsWith('VIOLATION '))
        const violations = lines.map((line) => JSON.parse(line.slice('VIOLATION '.length)) as Violation)
        resolve({ violations, output: stdout + stderr })
      })
    })
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Where a mark stands in a text, as `file:line`. */
export function lineIn(files: Readonly<Record<string, string>>, mark: string): string {
  const found = Object.entries(files).flatMap(([name, text]) =>
    text.split('\n').flatMap((line, index) => (line.includes(`// ${mark}`) ? [`${name}:${index + 1}`] : [])),
  )
  if (found.length !== 1) throw new Error(`${found.length} lines are marked ${mark}`)
  return found[0] as string
}
