import { existsSync, readdirSync, readFileSync } from 'node:fs'
import * as adapter from '@respond-once/core/adapter'
import { expect, it } from 'vitest'

const ROOT = new URL('../../', import.meta.url)
const textOf = (path: string) => readFileSync(new URL(path, ROOT), 'utf8')

it('names every file of the packages in docs/architecture.md', () => {
  const page = textOf('docs/architecture.md')
  const packages = ['core', 'express', 'fastify', 'koa']
  const files = packages.flatMap((name) => readdirSync(new URL(`packages/${name}/src`, ROOT)))
  expect(files.filter((file) => !page.includes(file))).toEqual([])
})

it('names every export for adapters in docs/writing-an-adapter.md', () => {
  const page = textOf('docs/writing-an-adapter.md')
  expect(Object.keys(adapter).filter((name) => !new RegExp(`\\b${name}\\b`).test(page))).toEqual([])
})

it('has no link to a page or a section that is not there', () => {
  const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md']
  const docs = readdirSync(new URL('docs/', ROOT)).filter((name) => name.endsWith('.md'))
  const sectionsOf = (path: string) =>
    [...textOf(path).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    )
  const broken = [...pages, ...docs.map((name) => `docs/${name}`)].flatMap((page) =>
    [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
      if (/^https?:/.test(target)) return []
      const [path = '', section] = target.split('#')
      const found = new URL(path === '' ? page : path, new URL(page, ROOT))
      const name = decodeURIComponent(found.href.replace(ROOT.href, ''))
      const file = path === '' ? page : name
      const there = existsSync(new URL(file, ROOT)) && (section === undefined || sectionsOf(file).includes(section))
      return there ? [] : [`${page}: ${target}`]
    }),
  )
  expect(broken).toEqual([])
})
