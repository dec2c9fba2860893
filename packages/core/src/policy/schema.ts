import { z } from 'zod'
import { ACTIONS, CAUSES, FINGERPRINT, FRAMEWORKS, VIOLATION_KINDS, type ViolationKind } from '../violation.ts'
import { METHODS, PRESET_NAMES, RULE_KEYS } from './model.ts'
import { NAME } from './named.ts'

// What a policy may look like: the one source of what is checked when a service starts, and of the JSON Schema.

/** What `setTimeout` can wait for. */
const MAX_MS = 2_147_483_647
const TIME = 'milliseconds, from 0 to 2147483647'

const milliseconds = z.number().min(0, TIME).max(MAX_MS, TIME).meta({ description: TIME })
const action = z
  .enum(ACTIONS)
  .meta({ id: 'action', description: 'From the mildest to the strictest: off, report, suppress, throw.' })

const OPTIONS: { readonly [K in ViolationKind]?: z.ZodObject } = {
  'no-response': z.strictObject({
    afterMs: milliseconds.meta({ description: 'How long a client may wait after its request was read.' }).optional(),
  }),
  'truncated-response': z.strictObject({
    graceMs: milliseconds.meta({ description: 'How long a broken body may stay silent before it is cut.' }).optional(),
    idleMs: milliseconds.meta({ description: 'A body that stalls this long is told too.' }).optional(),
  }),
  'body-overwritten': z.strictObject({
    onlyRefusals: z
      .boolean()
      .meta({ description: 'Only where the first answer was a redirect or a status of 400 and more.' })
      .optional(),
  }),
}

/** An action, or an action with the options that rules of this kind take. */
function ruleOf(kind: ViolationKind): z.ZodType {
  const options = OPTIONS[kind]
  if (options === undefined) return plainRule
  return z.union([action, z.tuple([action, options])]).meta({ id: `rule-${kind}` })
}

const plainRule = z.union([action, z.tuple([action, z.strictObject({})])]).meta({ id: 'rule' })

/** What each key of `rules` may have. */
export const RULES: ReadonlyMap<string, z.ZodType> = new Map(
  VIOLATION_KINDS.flatMap((kind) => {
    const rule = ruleOf(kind).optional()
    return [[kind, rule] as const, ...CAUSES.map((cause) => [`${kind}/${cause}`, rule] as const)]
  }),
)

/** Rules are looked at key by key: an object with all keys that there could be takes long. */
const someRules = z.record(z.string(), z.unknown())

const name = z.string().min(1, 'text').max(1000, 'text of at most 1,000 characters')
const someOf = <T extends z.ZodType>(item: T) => z.array(item).min(1, 'at least one entry')

const override = z.strictObject({
  routes: someOf(name).meta({ description: 'Globs over route patterns: /legacy/**' }).optional(),
  methods: someOf(z.enum(METHODS)).optional(),
  frameworks: someOf(z.enum(FRAMEWORKS)).optional(),
  environments: someOf(name).meta({ description: 'What NODE_ENV says.' }).optional(),
  rules: someRules,
})

const DAY = 'a day, as in 2027-01-31'

const FINGERPRINT_TEXT = 'the fingerprint of a violation: 16 digits of 0-9 and a-f, of which the first two say its kind'

const exemption = z.strictObject({
  fingerprint: z
    .string(FINGERPRINT_TEXT)
    .regex(FINGERPRINT, FINGERPRINT_TEXT)
    .meta({ description: 'What a report of the violation has in its line "cause".' }),
  action: z.enum(['off', 'report', 'suppress']),
  until: z.iso.date(DAY).meta({ description: 'The last day on which it holds, in UTC.' }),
  reason: name,
})

const OVERRIDES = 'Rules for some cases: all conditions that are named must hold, later entries win.'

const own = {
  $schema: z.string().optional(),
  rules: someRules.optional(),
  overrides: z.array(override).meta({ description: OVERRIDES }).optional(),
  locked: z
    .array(z.enum(RULE_KEYS))
    .meta({ description: 'Rules that whoever extends this may tighten, never loosen.' })
    .optional(),
  exemptions: z
    .array(exemption)
    .meta({ description: 'Known mistakes that are judged more mildly, until a day.' })
    .optional(),
}

/** One policy, but for what it extends: that is looked at policy by policy. */
export const ownPolicy: z.ZodObject = z.strictObject({ ...own, extends: z.unknown().optional() })

/** The names that each part of a policy may have, for typos. */
export const PARTS: Readonly<Record<'policy' | 'overrides' | 'exemptions', readonly string[]>> = {
  policy: Object.keys({ ...own, extends: true }).filter((part) => part !== '$schema'),
  overrides: Object.keys(override.shape),
  exemptions: Object.keys(exemption.shape),
}

/** The JSON Schema of a policy file. */
export function policyJsonSchema(): object {
  const rules = z
    .strictObject(Object.fromEntries(RULES))
    .meta({ id: 'rules', description: 'An action for a kind of violation, or for a kind with one cause: kind/cause.' })
  const preset = z.enum(PRESET_NAMES)
  const base = z.union([
    preset,
    name.regex(NAME).meta({ description: 'The name of a package, or the path of a file that begins with ./ or ../' }),
    z.lazy((): z.ZodType => policy),
  ])
  const policy: z.ZodType = z
    .strictObject({
      ...own,
      rules: rules.optional(),
      overrides: z.array(override.extend({ rules })).meta({ description: OVERRIDES }).optional(),
      extends: z
        .union([base, z.array(base)])
        .meta({ description: 'Presets and policies to start from; later ones win. Default: protect.' })
        .optional(),
    })
    .meta({ id: 'policy' })
  const file = z.union([policy, preset]).meta({ title: 'Policy of respond-once' })
  return z.toJSONSchema(file, { io: 'input', target: 'draft-07' })
}
