import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Elsewhere } from './programs-elsewhere.ts'

// Policies that are published as ES modules and nothing else, as a service finds them: no loader, and no warning.

const elsewhere = new Elsewhere()

const POLICY = `
import { definePolicy } from '@respond-once/core/node'
export default definePolicy({
  extends: 'observe', rules: { 'write-after-end': 'suppress' }, locked: ['write-after-end'],
})`

const SERVICE = `
import { ask } from './ask.mjs'
const name = process.argv[2]
const rules = JSON.parse(process.argv[3])
const handler = (_request, response) => {
  response.end('fine')
  response.write('more')
}
try {
  ask(handler, { policy: { extends: [name], rules } })
} catch (error) {
  console.log(error.message)
}`

const packages = [
  ['exports one file', { exports: './index.js' }],
  ['has a main file', { main: 'index.js' }],
  ['exports to import alone', { exports: { import: './index.js' } }],
  ['exports to import alone, by its path', { exports: { '.': { types: './index.d.ts', import: './index.js' } } }],
] as const

const nameOf = (title: string) => title.replaceAll(/\W+/g, '-')

beforeAll(async () => {
  await elsewhere.install()
  const files = packages.map(([title, manifest]) => [
    [
      `node_modules/${nameOf(title)}/package.json`,
      JSON.stringify({ name: nameOf(title), type: 'module', ...manifest }),
    ],
    [`node_modules/${nameOf(title)}/index.js`, POLICY],
  ])
  elsewhere.write({ ...Object.fromEntries(files.flat()), 'service.mjs': SERVICE, 'base.mjs': POLICY })
})

afterAll(() => elsewhere.remove())

describe.each([...packages.map(([title]) => [`a module that ${title}`, nameOf(title)]), ['a file', './base.mjs']])(
  '%s',
  (_title, name) => {
    it('is extended by its name', async () => {
      const { violations, output } = await elsewhere.run('service.mjs', name, '{}')
      expect(violations).toMatchObject([{ kind: 'write-after-end', action: 'suppress' }])
      expect(output).not.toMatch(/warning/i)
    })

    it('holds what it has locked, by its name', async () => {
      const { output } = await elsewhere.run('service.mjs', name, '{"write-after-end":"report"}')
      expect(output).toContain(`write-after-end is locked by ${name} (`)
      expect(output).toContain('at policy.extends.0.locked.0')
    })
  },
)
