import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CompiledPolicy, compilePolicy, tryCompile } from '../src/policy/compile.ts'
import type { Policy, Rule, Rules } from '../src/policy/model.ts'
import { ACTIONS, type Action } from '../src/violation.ts'
import { ASKED, type Asked, cases, policiesIn, policyTrees } from './policies.ts'

const now = () => Date.UTC(2027, 0, 1)

type Question = (typeof ASKED)[number]

function decided(policy: CompiledPolicy, [kind, cause]: Question, { framework, route, method }: Asked): number {
  return ACTIONS.indexOf(policy.for(framework).decide(kind, cause, route, method))
}

/** What a policy says in a case, question by question, as strictness. */
function answers(policy: Policy, asked: Asked): number[] {
  const compiled = compilePolicy(policy, { environment: asked.environment, now })
  return ASKED.map((question) => decided(compiled, question, asked))
}

const locks = ({ locked = [] }: Policy, [kind, cause]: Question) =>
  locked.includes(kind) || locked.includes(`${kind}/${cause}`)

function grace(policy: CompiledPolicy, { framework, route, method }: Asked): number {
  return policy.for(framework).settings(route, method).graceMs
}

/** In what a policy that has locked something is looser than that: nothing. */
function loosened(policy: Policy, compiled: CompiledPolicy, asked: Asked) {
  return policiesIn(policy)
    .filter(({ locked = [] }) => locked.length > 0)
    .flatMap((owner): readonly unknown[] => {
      const own = tryCompile(owner, { environment: asked.environment, now }).policy
      if (own === undefined) return []
      const locked = ASKED.filter((question) => locks(owner, question))
      // A lock on a rule that its own policy does not turn on holds nothing.
      const isHeld = locked.some((one) => one[0] === 'truncated-response' && decided(own, one, asked) > 0)
      if (isHeld && grace(compiled, asked) > grace(own, asked)) return [{ owner, question: 'graceMs', asked }]
      return locked.flatMap((question) => {
        const { framework, route, method } = asked
        const floor = decided(own, question, asked)
        const rule = decided(compiled, question, asked)
        const [kind, cause] = question
        const narrowed = compiled.for(framework)
        const exempted = ['00aaaaaaaaaaaaaa', '01bbbbbbbbbbbbbb', '07cccccccccccccc'].map((fingerprint) => {
          const own_ = own.for(framework).exempt(fingerprint, ACTIONS[floor] as never, kind, cause, route, method)
          const action = narrowed.exempt(fingerprint, ACTIONS[rule] as never, kind, cause, route, method)
          return ACTIONS.indexOf(action) - ACTIONS.indexOf(own_)
        })
        return rule < floor || exempted.some((difference) => difference < 0) ? [{ owner, question, asked }] : []
      })
    })
}

// A few seconds of work, on a machine that may be busy with other things.
describe('any tree of policies', { timeout: 180_000 }, () => {
  it('never loosens what one of them has locked', () => {
    let [held, refused] = [0, 0]
    const tree = fc.tuple(policyTrees({ locks: true }), fc.tuple(cases))
    fc.assert(
      fc.property(tree, ([policy, asked]) => {
        for (const one of asked) {
          const { policy: compiled } = tryCompile(policy, { environment: one.environment, now })
          if (compiled === undefined) refused++
          else held += policiesIn(policy).some(({ locked = [] }) => locked.length > 0) ? 1 : 0
          if (compiled !== undefined) expect(loosened(policy, compiled, one)).toEqual([])
        }
      }),
      { numRuns: 10_000 },
    )
    // Both happen, or the property says nothing.
    expect(held).toBeGreaterThan(1000)
    expect(refused).toBeGreaterThan(1000)
  })

  it('gives the same answers however lists of policies are nested', () => {
    const tree = policyTrees({ locks: false })
    fc.assert(
      fc.property(tree, tree, tree, cases, (a, b, c, asked) => {
        const flat = answers({ extends: [a, b, c] }, asked)
        expect(answers({ extends: [{ extends: [a, b] }, c] }, asked)).toEqual(flat)
        expect(answers({ extends: [a, { extends: [b, c] }] }, asked)).toEqual(flat)
      }),
      { numRuns: 500 },
    )
  })

  it('is never looser where a rule is stricter', () => {
    const stricterRule = (key: string, rule: Rule, by: number): Rule => {
      if (typeof rule !== 'string') return [stricterRule(key, rule[0], by) as Action, rule[1]]
      // There is nothing to throw at where a body breaks off.
      const strictest = key.startsWith('truncated-response') ? 2 : 3
      return rule === 'throw' ? rule : (ACTIONS[Math.min(strictest, ACTIONS.indexOf(rule) + by)] as Action)
    }
    const stricter = (rules: Rules, by: number): Rules =>
      Object.fromEntries(Object.entries(rules).map(([key, action]) => [key, stricterRule(key, action as Rule, by)]))
    const tightened = (policy: Policy, by: number): Policy => ({
      ...policy,
      ...(policy.rules && { rules: stricter(policy.rules, by) }),
      ...(policy.overrides && {
        overrides: policy.overrides.map((one, at) => ({ ...one, rules: stricter(one.rules, (by + at) % 3) })),
      }),
    })
    fc.assert(
      fc.property(policyTrees({ locks: false }), fc.nat(2), cases, (policy, by, asked) => {
        const before = answers(policy, asked)
        const after = answers(tightened(policy, by), asked)
        expect(after.every((action, at) => action >= (before[at] as number))).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it('decides as the last rule that holds says, the narrow ones first', () => {
    // A second way to the answers, without tables: from the last to the first.
    fc.assert(
      fc.property(policyTrees({ locks: false }), cases, (policy, asked) => {
        const compiled = compilePolicy(policy, { environment: asked.environment, now }).for(asked.framework)
        for (const [kind, cause] of ASKED) {
          const action = compiled.decide(kind, cause, asked.route, asked.method)
          const { decidedBy, action: explained } = compiled.explain(kind, cause, asked.route, asked.method)
          expect(explained).toBe(action)
          if (decidedBy === undefined) expect(action).toBe('off')
          if (action !== 'off') expect(compiled.watches(kind)).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })
})
