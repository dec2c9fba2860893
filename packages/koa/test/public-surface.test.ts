import * as koa from '@respond-once/koa'
import { expect, it } from 'vitest'

// What is exported is promised. A name that goes, or comes, is a decision: it changes this list, and needs a changeset.

it('the public surface of @respond-once/koa', () => {
  expect(Object.keys(koa).sort()).toEqual([
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
