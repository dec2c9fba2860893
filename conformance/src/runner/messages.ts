import type { Mode } from './modes.ts'

export interface StartOrder {
  readonly order: 'start'
  readonly id: string
  readonly file: string
  readonly policy: unknown
  readonly trace: 'always' | 'adaptive' | 'never'
}

export interface StopOrder {
  readonly order: 'stop'
  readonly id: string
}

/** Asks for a sign of life once `ms` have passed on the child's own clock: a busy machine delays it like its timers. */
export interface SettleOrder {
  readonly order: 'settle'
  readonly id: string
  readonly ms: number
  /** Comes back with the sign of life: several may be on their way. */
  readonly number: number
}

export type Order = StartOrder | StopOrder | SettleOrder

export interface Uncaught {
  readonly name: string
  readonly code: string | undefined
  readonly message: string
}

export type Report =
  | { readonly report: 'ready' }
  | { readonly report: 'listening'; readonly id: string; readonly port: number }
  | { readonly report: 'asked'; readonly id: string }
  | { readonly report: 'violation'; readonly id: string; readonly violation: ToldViolation }
  | { readonly report: 'note'; readonly id: string; readonly text: string }
  | { readonly report: 'uncaught'; readonly error: Uncaught }
  | { readonly report: 'settled'; readonly id: string; readonly number: number }
  | { readonly report: 'died'; readonly id: string }
  | { readonly report: 'stopped'; readonly id: string }
  | { readonly report: 'refused'; readonly id: string; readonly why: string }

export interface ToldPlace {
  readonly operation: string
  readonly site?: { readonly file: string; readonly line: number; readonly column: number }
  readonly atMs: number
  readonly statusCode?: number
}

/** A violation as it arrives: what JSON keeps of it. */
export interface ToldViolation {
  readonly kind: string
  readonly code: string
  readonly action: string
  readonly cause: string
  readonly message: string
  readonly hint: string
  readonly framework: string
  readonly method: string
  readonly route?: string
  readonly state: string
  readonly first?: ToldPlace
  readonly second?: ToldPlace
  readonly fingerprint: string
}

export const modeArgument = (text: string | undefined): Mode => {
  const modes: readonly Mode[] = ['plain', 'off', 'observe', 'protect', 'throw', 'never', 'adaptive']
  const found = modes.find((mode) => mode === text)
  if (!found) throw new Error(`no mode "${text}"; there are ${modes.join(', ')}`)
  return found
}
