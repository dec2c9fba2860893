import { OpenFeature, ProviderEvents } from '@openfeature/server-sdk'
import { type CompiledPolicy, compilePolicy, type Policy, type PolicySource, type PresetName } from '@respond-once/core'

/** The flag by which the fleet goes from one preset to the next. */
export const FLAG = 'respond-once-preset'

const PRESETS = ['observe', 'protect', 'strict'] as const

/** When a flag may have another value: its provider has been changed, or is ready later than the service. */
const EVENTS = [ProviderEvents.Ready, ProviderEvents.ConfigurationChanged] as const

/**
 * A policy whose preset is a flag of OpenFeature: the organisation turns it where it turns everything else, and services
 * follow without a restart. What is compiled is compiled in advance, so that a flag cannot break a service: until it can be
 * read the preset is `observe`, and what cannot be read any more leaves what there is.
 */
export async function openFeatureSource(
  policyFor: (preset: PresetName) => Policy,
  domain?: string,
): Promise<PolicySource> {
  const client = domain === undefined ? OpenFeature.getClient() : OpenFeature.getClient(domain)
  const compiled = new Map<string, CompiledPolicy>(PRESETS.map((preset) => [preset, compilePolicy(policyFor(preset))]))
  const listeners = new Set<() => void>()
  const fallback = compiled.get('observe') as CompiledPolicy
  let current = fallback
  let reads = 0
  const read = async () => {
    const ours = ++reads
    const { value, errorCode } = await client.getStringDetails(FLAG, 'observe')
    // A provider that fails, or is not ready, hands out the default; one that is slow may be overtaken.
    if (errorCode !== undefined || ours !== reads) return
    const before = current
    current = compiled.get(value) ?? fallback
    if (current !== before) for (const listener of listeners) listener()
  }
  for (const event of EVENTS) client.addHandler(event, read)
  await read()
  return {
    current: () => current,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
