import type { LoadVariant } from '../scenarios.ts'

/** A request listener, of http or http2. */
export type AnyListener = (request: never, response: never) => void

/** What a production service would pass, without the reporter's output. */
const productionProfile = { policy: 'protect', trace: 'adaptive', reporters: [] } as const

/** The options of a guard's variant; undefined for all others. */
export function guardOptions(variant: LoadVariant): object | undefined {
  if (variant === 'guard') return productionProfile
  if (variant === 'guard-always') return { ...productionProfile, trace: 'always' }
  if (variant === 'guard-off') return { ...productionProfile, enabled: false }
  return undefined
}
