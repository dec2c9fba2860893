import { InMemoryProvider, OpenFeature } from '@openfeature/server-sdk'
import { compilePolicy } from '@respond-once/core'
import { describe, expect, it, vi } from 'vitest'
import { acmePolicy } from '../src/index.ts'
import { FLAG, openFeatureSource } from '../src/open-feature.ts'

describe('the policy of Acme', () => {
  it('holds back what comes after an answer, and lets nobody loosen that', () => {
    const policy = compilePolicy(acmePolicy, { environment: 'production' })
    expect(policy.decide('next-after-response', 'unknown')).toBe('suppress')
    expect(policy.decide('double-response', 'missing-return')).toBe('suppress')
    expect(policy.decide('double-response', 'timeout')).toBe('off')
    expect(() => compilePolicy({ extends: acmePolicy, rules: { 'next-called-twice': 'report' } })).toThrow(
      /next-called-twice is locked by .*acme-policy.src.index\.ts/,
    )
  })

  it('throws where it is developed', () => {
    const policy = compilePolicy(acmePolicy, { environment: 'test' })
    expect(policy.decide('double-response', 'missing-return')).toBe('throw')
  })
})

describe('a flag of OpenFeature', () => {
  const flag = (preset: string) => ({
    [FLAG]: { variants: { preset }, defaultVariant: 'preset', disabled: false },
  })

  it('moves all services from one preset to the next', async () => {
    const provider = new InMemoryProvider(flag('observe'))
    await OpenFeature.setProviderAndWait('acme', provider)
    const source = await openFeatureSource((preset) => ({ extends: [preset] }), 'acme')
    const listener = vi.fn()
    source.subscribe(listener)
    expect(source.current().decide('late-header', 'unknown')).toBe('report')
    provider.putConfiguration(flag('protect'))
    await vi.waitFor(() => expect(listener).toHaveBeenCalledOnce())
    expect(source.current().decide('late-header', 'unknown')).toBe('suppress')
    provider.putConfiguration(flag('nonsense'))
    await vi.waitFor(() => expect(listener).toHaveBeenCalledTimes(2))
    expect(source.current().decide('late-header', 'unknown')).toBe('report')
    await OpenFeature.close()
  })
})
