import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { fingerprintOf } from '../src/fingerprint.ts'
import type { CallSite, OperationRecord, Violation } from '../src/violation.ts'

const root = mkdtempSync(join(tmpdir(), 'fingerprints-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let deployments = 0

/** Deploys a package with one file somewhere else each time, so that nothing is read from memory. */
function deploy(text: string, file = 'routes/users.js'): string {
  const folder = join(root, `release-${deployments++}`, 'app')
  const path = join(folder, file)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{}')
  writeFileSync(path, text)
  return path
}

function siteIn(file: string, text: string, call: string, functionName?: string): CallSite {
  const before = text.slice(0, text.indexOf(call) + call.lastIndexOf('.') + 1).split('\n')
  const place = { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
  return functionName === undefined ? place : { ...place, functionName }
}

const operation = (site: CallSite | undefined, name = 'res.json'): OperationRecord => ({
  operation: name,
  site,
  atMs: 1,
})

const SOURCE = `
app.get('/users/:id', (req, res) => {
  if (!users.has(req.params.id)) res.status(404).json({})
  res.json(users.get(req.params.id))
})
`

interface Case {
  readonly text?: string
  readonly file?: string
  readonly functionName?: string
  readonly change?: Partial<Violation>
}

function printOf({ text = SOURCE, file, functionName, change }: Case = {}): string {
  const path = deploy(text, file)
  return fingerprintOf({
    kind: 'double-response',
    cause: 'missing-return',
    first: operation(siteIn(path, text, 'res.status(404).json', functionName)),
    second: operation(siteIn(path, text, 'res.json', functionName)),
    ...change,
  })
}

describe('a fingerprint is the same', () => {
  it.each<readonly [string, Case]>([
    ['wherever it is deployed', {}],
    ['when lines are added above', { text: `// one\n// two\n${SOURCE}` }],
    ['when lines are added in between', { text: SOURCE.replace('  res.json(', '\n\n  audit(req)\n  res.json(') }],
    ['when the file is formatted anew', { text: SOURCE.replace('{ status', '{\n  status').replaceAll('  ', '\t') }],
    ['when another route comes before', { text: `app.get('/health', (req, res) => { ok(res) })\n${SOURCE}` }],
    ['whatever was sent', { change: { first: undefined as never, method: 'POST', route: '/x', state: 'idle' } }],
  ])('%s', (name, one) => {
    const base = name === 'whatever was sent' ? printOf({ change: { first: undefined } }) : printOf()
    expect(printOf(one)).toBe(base)
    expect(base).toMatch(/^[0-9a-f]{16}$/)
  })

  it('at another time, with another status', () => {
    const path = deploy(SOURCE)
    const at = (atMs: number, statusCode: number) =>
      fingerprintOf({
        kind: 'double-response',
        cause: 'missing-return',
        first: { ...operation(siteIn(path, SOURCE, 'res.status(404).json')), atMs, statusCode },
        second: undefined,
      })
    expect(at(1, 404)).toBe(at(99, 500))
  })
})

describe('a fingerprint is another one', () => {
  it.each<readonly [string, Case]>([
    ['for another kind', { change: { kind: 'late-status' } }],
    ['for another cause', { change: { cause: 'loop' } }],
    ['for another file of the package', { file: 'routes/people.js' }],
    ['for the same file name in another folder', { file: 'admin/users.js' }],
    ['for a function with a name', { functionName: 'getUser' }],
    ['for a route of its own in the same file', { text: SOURCE.replace('/users/:id', '/people/:id') }],
    ['for another operation', { change: { second: operation(undefined, 'res.send') } }],
    ['where the first place was not traced', { change: { first: operation(undefined) } }],
  ])('%s', (_name, one) => {
    expect(printOf(one)).not.toBe(printOf())
  })

  it('for each of the functions that have no name', () => {
    const text = `${SOURCE}
router.route('/teams').post(function (req, res) { setTimeout(() => res.json(1)) })
server.on('request', (req, res) => { setTimeout(() => { res.end(2) }) })
export const three = (req, res) => res.send(3)
`
    const path = deploy(text)
    const prints = ['res.status(404).json', 'res.json(1)', 'res.end', 'res.send'].map((call) =>
      fingerprintOf({
        kind: 'double-response',
        cause: 'unknown',
        first: undefined,
        second: operation(siteIn(path, text, call)),
      }),
    )
    expect(new Set(prints).size).toBe(prints.length)
  })
})
