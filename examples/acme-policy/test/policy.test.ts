import { InMemoryProvider, OpenFeature, ProviderEvents } from '@openfeature/server-sdk'
import { compilePolicy } from '@respond-once/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { acmePolicy, acmePolicyOn } from '../src/index.ts'
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

  it('holds what it locks on whatever preset the fleet is', () => {
    const onObserve = { extends: acmePolicyOn('observe') }
    const policy = compilePolicy(onObserve, { environment: 'production' })
    expect(policy.decide('double-response', 'missing-return')).toBe('report')
    expect(policy.decide('next-after-response', 'unknown')).toBe('suppress')
    expect(policy.decide('next-called-twice', 'unknown')).toBe('suppress')
    expect(() => compilePolicy({ ...onObserve, rules: { 'next-called-twice': 'report' } })).toThrow(
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

  afterEach(() => OpenFeature.close())

  /** A source whose preset is the flag's, and who hears of it. */
  async function followed(domain: string) {
    const source = await openFeatureSource((preset) => ({ extends: [preset] }), domain)
    const listener = vi.fn()
    source.subscribe(listener)
    return { listener, decided: () => source.current().decide('late-header', 'unknown') }
  }

  it('moves all services from one preset to the next', async () => {
    const provider = new InMemoryProvider(flag('observe'))
    await OpenFeature.setProviderAndWait('acme', provider)
    const { listener, decided } = await followed('acme')
    expect(decided()).toBe('report')
    provider.putConfiguration(flag('protect'))
    await vi.waitFor(() => expect(listener).toHaveBeenCalledOnce())
    expect(decided()).toBe('suppress')
    provider.putConfiguration(flag('nonsense'))
    await vi.waitFor(() => expect(listener).toHaveBeenCalledTimes(2))
    expect(decided()).toBe('report')
  })

  it('moves who extends the rules of Acme, and keeps their locks', async () => {
    const provider = new InMemoryProvider(flag('observe'))
    await OpenFeature.setProviderAndWait('fleet', provider)
    const source = await openFeatureSource((preset) => ({ extends: acmePolicyOn(preset) }), 'fleet')
    const seen = () =>
      (['late-status', 'next-after-response'] as const).map((kind) => source.current().decide(kind, 'unknown'))
    expect(seen()).toEqual(['report', 'suppress'])
    provider.putConfiguration(flag('protect'))
    await vi.waitFor(() => expect(seen()).toEqual(['suppress', 'suppress']))
  })

  /** A provider that asks a server for its flags first. */
  class LateProvider extends InMemoryProvider {
    connect = () => {}
    readonly connected = new Promise<void>((resolve) => {
      this.connect = resolve
    })

    initialize(): Promise<void> {
      return this.connected
    }
  }

  it('is read when its provider is ready, however late', async () => {
    const provider = new LateProvider(flag('protect'))
    OpenFeature.setProvider('late', provider)
    const { listener, decided } = await followed('late')
    expect(decided()).toBe('report')
    provider.connect()
    await vi.waitFor(() => expect(listener).toHaveBeenCalledOnce())
    expect(decided()).toBe('suppress')
  })

  it('that cannot be read leaves what there is', async () => {
    const provider = new InMemoryProvider(flag('protect'))
    await OpenFeature.setProviderAndWait('failing', provider)
    const { listener, decided } = await followed('failing')
    vi.spyOn(provider, 'resolveStringEvaluation').mockRejectedValue(new Error('the server is gone'))
    for (const event of [ProviderEvents.Stale, ProviderEvents.Error, ProviderEvents.ConfigurationChanged] as const) {
      provider.events.emit(event)
    }
    await vi.waitFor(() => expect(provider.resolveStringEvaluation).toHaveBeenCalled())
    await new Promise(setImmediate)
    expect(decided()).toBe('suppress')
    expect(listener).not.toHaveBeenCalled()
  })
})
