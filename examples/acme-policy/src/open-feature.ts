import { OpenFeature, ProviderEvents } from '@openfeature/server-sdk'
import { type CompiledPolicy, compilePolicy, type Policy, type PolicySource } from '@respond-once/core'

/** The flag by which the fleet goes from one preset to the next. */
export const FLAG = 'respond-once-preset'

const PRESETS = ['observe', 'protect', 'strict'] as const

type Preset = (typeof PRESETS)[number]

/**
 * A policy whose preset is a flag of OpenFeature: the organisation turns it where it turns everything else, and services
 * follow without a restart. What is compiled is compiled in advance, so that a flag cannot break a service.
 */
export async function openFeatureSource(policyFor: (preset: Preset) => Policy, domain?: string): Promise<PolicySource> {
  const client = domain === undefined ? OpenFeature.getClient() : OpenFeature.getClient(domain)
  const compiled = new Map<string, CompiledPolicy>(PRESETS.map((preset) => [preset, compilePolicy(policyFor(preset))]))
  const listeners = new Set<() => void>()
  const fallback = compiled.get('observe') as CompiledPolicy
  let current = fallback
  const read = async () => {
    current = compiled.get(await client.getStringValue(FLAG, 'observe')) ?? fallback
  }
  await read()
  client.addHandler(ProviderEvents.ConfigurationChanged, async () => {
    await read()
    for (const listener of listeners) listener()
  })
  return {
    current: () => current,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
