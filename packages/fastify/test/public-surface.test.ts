import { readdirSync, readFileSync } from 'node:fs'
import * as fastify from '@respond-once/fastify'
import { expect, it } from 'vitest'

// What is exported is promised. A name that goes, or comes, is a decision: it changes this list, and needs a changeset.

it('the public surface of @respond-once/fastify', () => {
  expect(Object.keys(fastify).sort()).toEqual([
    'InvalidOptionsError',
    'ResponseViolationError',
    'definePolicy',
    'detach',
    'jsonReporter',
    'lifecycleOf',
    'loggerReporter',
    'prettyReporter',
    'respondOnce',
    'warningReporter',
  ])
})

it('names Fastify for its types only', () => {
  const sources = new URL('../src/', import.meta.url)
  const imports = readdirSync(sources).flatMap((name) =>
    [...readFileSync(new URL(name, sources), 'utf8').matchAll(/^import .*'fastify'$/gm)].map(([line]) => line),
  )
  expect(imports.length).toBeGreaterThan(0)
  expect(imports.filter((line) => !line.startsWith('import type '))).toEqual([])
})
