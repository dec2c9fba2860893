import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packAll } from './pack.ts'

// Looks at the packed tarballs as publint and Are the types wrong? do.

const folder = mkdtempSync(join(tmpdir(), 'respond-once-pack-'))

function passes(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'inherit' }).status === 0
}

try {
  for (const { name, file } of packAll(folder)) {
    console.log(`\n${name}`)
    const sound = passes('publint', 'run', file, '--strict')
    const typed = passes('attw', file, '--profile', 'esm-only', '--quiet')
    if (!sound || !typed) process.exitCode = 1
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
