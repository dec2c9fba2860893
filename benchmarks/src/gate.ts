import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

// The gate: whatever is deterministic, against budgets.json. What one part finds does not keep the other from being judged.

const parts = ['allocations.ts', 'instructions.ts']
const codes = parts.map((part) => {
  const args = ['--import', 'tsx', join(import.meta.dirname, part), '--gate', ...process.argv.slice(2)]
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status
})
process.exitCode = codes.every((code) => code === 0) ? 0 : 1
