import type { Path } from '../problems.ts'
import type { Action } from '../violation.ts'
import { answersOf, CELLS, firstLike } from './cells.ts'
import { ALWAYS, Condition } from './condition.ts'
import type { Exemption, Rule, RuleKey, Rules } from './model.ts'
import type { PolicyNode } from './read.ts'

// A tree of policies, one after another: what it extends, then its own rules, then its overrides. Later ones win.

/** Rules that hold under one condition. */
export interface Layer {
  readonly condition: Condition
  /** Whose they are. */
  readonly label: string
  readonly path: Path
  /** A preset that nobody wrote rule by rule, so that a rule has no path of its own. */
  readonly isPreset: boolean
  /** When the policy was entered on the walk through the tree. */
  readonly entered: number
}

/** One answer of one layer. */
export interface Said {
  readonly layer: Layer
  readonly key: RuleKey
  readonly strictness: number
  /** The action as it was written. */
  readonly written?: Action | undefined
}

/** A lock: who extends its policy may not loosen the rule. */
export interface Lock {
  readonly key: RuleKey
  readonly label: string
  readonly path: Path
  /** When its policy was entered and left: everything in between is the policy's own. */
  readonly entered: number
  readonly left: number
}

/** An exemption, and when its policy was entered. */
export interface Exempted {
  readonly exemption: Exemption
  readonly path: Path
  readonly entered: number
}

/** Whether something belongs to the policy that made a lock, or to one that it extends. */
export function isWithin({ entered, left }: Lock, thing: { readonly entered: number }): boolean {
  return entered <= thing.entered && thing.entered < left
}

const NOTHING: readonly Said[] = []

/** A whole tree of policies. */
export class Layers {
  readonly layers: Layer[] = []
  readonly locks: Lock[] = []
  readonly exemptions: Exempted[] = []
  /** What was said of each question: the last that holds wins. */
  readonly said: readonly (readonly Said[])[]
  /** By the first of the questions that it answers: where nothing is said of one cause, all of a kind share a list. */
  readonly #wide = new Map<number, Said[]>()
  /** What was said for one cause: it wins over what is said of the whole kind. */
  readonly #narrow = new Map<number, Said[]>()
  #clock = 0

  constructor(root: PolicyNode) {
    this.#walk(root)
    this.said = Array.from({ length: CELLS }, (_, cell) => {
      const wide = this.#wide.get(firstLike(cell)) ?? NOTHING
      const narrow = this.#narrow.get(cell)
      return narrow === undefined ? wide : [...wide, ...narrow]
    })
  }

  #walk(node: PolicyNode): void {
    const entered = this.#clock++
    for (const base of node.bases) this.#walk(base)
    const { label, path, own } = node
    const add = (condition: Condition, rules: Rules | undefined, at: Path) => {
      const layer: Layer = { condition, label, path: at, isPreset: node.preset !== undefined, entered }
      this.layers.push(layer)
      for (const [key, rule] of Object.entries(rules ?? {}) as [RuleKey, Rule | undefined][]) {
        if (rule !== undefined) this.#say(layer, key, rule)
      }
    }
    const below = (...keys: Path) => (node.preset === undefined ? [...path, ...keys] : path)
    add(ALWAYS, own.rules, below('rules'))
    own.overrides?.forEach((override, at) => {
      add(new Condition(override), override.rules, below('overrides', at, 'rules'))
    })
    own.exemptions?.forEach((exemption, at) => {
      this.exemptions.push({ exemption, path: [...path, 'exemptions', at], entered })
    })
    const left = this.#clock++
    const { locked = [] } = own
    for (const key of new Set(locked)) {
      this.locks.push({ key, label, path: [...path, 'locked', locked.indexOf(key)], entered, left })
    }
  }

  #say(layer: Layer, key: RuleKey, rule: Rule): void {
    for (const { cells, strictness, written, isNarrow } of answersOf(key, rule)) {
      const said: Said = { layer, key, strictness, written }
      const lists = isNarrow ? this.#narrow : this.#wide
      const [cell] = cells as readonly [number]
      const list = lists.get(cell)
      if (list === undefined) lists.set(cell, [said])
      else list.push(said)
    }
  }
}
