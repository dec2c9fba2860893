import { definePolicy, type GuardOptions } from '@respond-once/core'
import { tellParent } from './parent.ts'

/** One policy for all services, whatever they are made with. */
const policy = definePolicy({
  extends: 'protect',
  rules: { 'body-overwritten': ['suppress', { onlyRefusals: true }] },
})

/** The guard's options in every service. */
export const guardOptions: GuardOptions = {
  policy,
  trace: 'always',
  reporters: [],
  onViolation: (violation) => tellParent({ type: 'violation', violation }),
}

/** The same program runs with the guard and without it. */
export const isGuarded: boolean = process.env.GUARD !== undefined
