import { definePolicy, type Policy, type PresetName } from '@respond-once/core'

/** What Acme asks of every service, whatever preset its fleet is on: nobody is let past a check that has refused. */
const acmeRules: Policy = definePolicy({
  // The preset is not theirs: it stands before them, so that what is locked stays locked when it changes.
  extends: [],
  rules: {
    // A lock holds what its own policy says, so these two are said here.
    'next-after-response': 'suppress',
    'next-called-twice': 'suppress',
    // Servers with timeouts answer late work twice as a matter of course.
    'double-response/timeout': 'off',
    'no-response': ['report', { afterMs: 10_000 }],
  },
  overrides: [{ environments: ['development', 'test'], rules: { 'double-response': 'throw', 'late-header': 'throw' } }],
  locked: ['next-after-response', 'next-called-twice'],
})

/** Acme's rules on a preset: which one it is may be a flag, and each service extends what comes of it. */
export function acmePolicyOn(preset: PresetName): Policy {
  return { extends: [preset, acmeRules] }
}

/** The same for services that do not follow the flag: the first answer stands. */
export const acmePolicy: Policy = acmePolicyOn('protect')
