import { definePolicy, type Policy } from '@respond-once/core'

/** What Acme asks of every service: the first answer stands, and nobody is let past a check that has refused. */
export const acmePolicy: Policy = definePolicy({
  extends: 'protect',
  rules: {
    'next-after-response': 'suppress',
    // Servers with timeouts answer late work twice as a matter of course.
    'double-response/timeout': 'off',
    'no-response': ['report', { afterMs: 10_000 }],
  },
  overrides: [{ environments: ['development', 'test'], rules: { 'double-response': 'throw', 'late-header': 'throw' } }],
  locked: ['next-after-response', 'next-called-twice'],
})
