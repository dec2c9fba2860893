import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { blocksOf, examplesOf } from '../src/markdown.ts'
import { play } from '../src/session.ts'

const ROOT = new URL('../../', import.meta.url)

const pages = [
  'README.md',
  ...readdirSync(new URL('docs/', ROOT))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...readdirSync(new URL('packages/', ROOT)).map((name) => `packages/${name}/README.md`),
]

/** Times differ from run to run. */
const withoutTimes = (text: string) => text.replace(/\d+\.\d ms/g, '0.0 ms')

describe.each(pages)('%s', (page) => {
  const path = new URL(page, ROOT)

  it('says of every block of code how it is run', () => {
    const code = blocksOf(path).filter(({ language }) => /^(js|ts|mjs|cjs|javascript|typescript)$/.test(language))
    const unmarked = code.filter(
      ({ info }) => !/^([\w./-]+\.\w+|(wrong|right) [A-Z]+ \/\S*( leaving)?|signature)$/.test(info),
    )
    expect(unmarked).toEqual([])
  })

  const examples = examplesOf(path)
  for (const [index, example] of examples.entries()) {
    it(`${example.heading}: ${[...example.files.keys()].join(', ')}`, async () => {
      expect(example.commands).not.toEqual([])
      const seen = await play(example, `${page.replace(/\W+/g, '-')}-${index}`)
      const said = example.commands.map(({ line, output }) => `$ ${line}\n${output}`).join('\n')
      const shown = example.commands.map(({ line }, at) => `$ ${line}\n${seen.outputs[at]}`).join('\n')
      expect(withoutTimes(shown)).toBe(withoutTimes(said))
      if (example.log !== undefined) expect(withoutTimes(seen.log)).toBe(withoutTimes(example.log))
    })
  }
})
