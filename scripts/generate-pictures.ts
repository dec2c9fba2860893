import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { pictureOf } from '../docs/src/picture.ts'
import { SAMPLES, samples } from '../docs/src/samples.ts'

// Writes the pictures of reports in docs/pictures. With `--check` nothing is written, and stale ones are named.

const FOLDER = new URL('../docs/pictures/', import.meta.url)

process.chdir(SAMPLES)
mkdirSync(FOLDER, { recursive: true })
const stale: string[] = []

for (const violation of samples()) {
  const path = new URL(`${violation.kind}.svg`, FOLDER)
  const picture = pictureOf(violation)
  if (existsSync(path) && readFileSync(path, 'utf8') === picture) continue
  stale.push(`docs/pictures/${violation.kind}.svg`)
  if (!process.argv.includes('--check')) writeFileSync(path, picture)
}

if (process.argv.includes('--check') && stale.length > 0) {
  console.error(`Not as the code draws them: ${stale.join(', ')}. Run \`pnpm docs:generate\`.`)
  process.exitCode = 1
}
