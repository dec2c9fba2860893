import type { Server } from 'node:net'
import type { Family } from '../scenarios/scenario.ts'

/** What the child gives to the program it runs. */
export interface Stage {
  /** Writes down what the program did that its client cannot see. */
  readonly note: (text: string) => void
  /** The guard's options; undefined when the plain framework is to run. */
  readonly guard: GuardSettings | undefined
}

export interface GuardSettings {
  readonly policy: unknown
  readonly trace: 'always' | 'adaptive' | 'never'
  readonly onViolation: (violation: unknown) => void
  readonly reporters: readonly never[]
}

/**
 * All a framework says to join: its programs and how a server is made of one. A program's id is a scenario's id; a
 * framework that cannot express a scenario has no program for it.
 */
export interface Framework {
  readonly name: string
  /** What `violation.framework` says. */
  readonly told: 'express' | 'koa' | 'fastify' | 'node'
  /** Whose native behaviour it shows, the narrowest family first. */
  readonly families: readonly Family[]
  readonly wire: 'http1' | 'http2'
  /** Folders below `programs/`. */
  readonly folders: readonly string[]
  /** Makes a server of a program; the caller lets it listen. */
  readonly serve: (program: unknown, stage: Stage) => Promise<Server>
}
