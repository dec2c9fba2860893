import { ACTIONS, type Action, type Framework, VIOLATION_KINDS, type ViolationKind } from '../violation.ts'
import { ACTION_CELLS, CELLS, cellsOfKind, lockedCells, UNSAID } from './cells.ts'
import { ALWAYS } from './condition.ts'
import { isWithin, type Layer, type Layers, type Lock, type Said } from './layers.ts'
import { deciding, floorsOf, strictestOf } from './locks.ts'

/** The answers to all questions, by their cells. */
export interface Table {
  readonly answers: Float64Array
  /** The actions of the kinds whose causes are all treated alike: one look instead of two. */
  readonly wholes: ReadonlyMap<ViolationKind, Action>
  /** Those that are actions, once more: reading a small integer takes half the time. */
  readonly actions: Uint8Array
}

function wholesOf(actions: Uint8Array): ReadonlyMap<ViolationKind, Action> {
  const wholes = new Map<ViolationKind, Action>()
  for (const kind of VIOLATION_KINDS) {
    const found = new Set(cellsOfKind(kind).map((cell) => actions[cell] as number))
    const [action] = found
    if (found.size === 1) wholes.set(kind, ACTIONS[action as number] as Action)
  }
  return wholes
}

type Holds = (layer: Layer) => boolean

const NO_LOCKS: readonly Lock[] = []

function lastOf(said: readonly Said[], holds: Holds): Said | undefined {
  return said.findLast(({ layer }) => holds(layer))
}

/** Lists that were the same stay the same. */
function mapped(lists: readonly (readonly Said[])[], holds: (said: Said) => boolean): readonly (readonly Said[])[] {
  const known = new Map<readonly Said[], readonly Said[]>()
  return lists.map((list) => {
    const found = known.get(list) ?? list.filter(holds)
    known.set(list, found)
    return found
  })
}

/** How many routes are remembered, and how many sets of layers that hold together. */
const MAX_ROUTES = 5000
const MAX_SETS = 500

/**
 * Answers for the guards of one framework in one environment. What was answered for a route and a method is remembered;
 * routes for which the same overrides hold share one table.
 */
export class Answers {
  /** Whether the answers depend on the route or the method. */
  readonly varies: boolean
  readonly #layers: readonly Layer[]
  readonly #said: readonly (readonly Said[])[]
  readonly #locksOf = new Map<number, readonly Lock[]>()
  readonly #byRoute = new Map<string | undefined, Map<string | undefined, Table>>()
  readonly #bySet = new Map<string, Table>()
  readonly #nowhere: Table

  constructor(
    { layers, said }: Layers,
    binding: readonly Lock[],
    environment: string,
    framework: Framework | undefined,
  ) {
    const mayHold = ({ condition }: Layer) => condition.mayHold(environment, framework)
    this.#layers = layers.filter(mayHold)
    this.#said = this.#layers.length === layers.length ? said : mapped(said, ({ layer }) => mayHold(layer))
    for (const lock of binding) {
      for (const cell of lockedCells(lock.key)) this.#locksOf.set(cell, [...this.#locks(cell), lock])
    }
    this.varies = this.#layers.some(({ condition }) => condition.varies)
    this.#nowhere = this.#answer(({ condition }) => condition.holds(undefined, undefined))
  }

  /** The answers on a route, for a method. */
  on(route: string | undefined, method: string | undefined): Table {
    if (!this.varies) return this.#nowhere
    return this.#byRoute.get(route)?.get(method) ?? this.#remember(route, method)
  }

  /** What was said last of a question and, where it holds against that, what a lock's own policy says. */
  whoSaid(cell: number, route?: string, method?: string): { readonly said?: Said; readonly lock?: Lock } {
    const holds: Holds = ({ condition }) => condition.holds(route, method)
    const said = lastOf(this.#said[cell] as readonly Said[], holds)
    const [lock] = this.#locks(cell)
    for (const one of this.#locks(cell)) {
      const floor = lastOf(this.#ownOf(one, cell), holds)
      if (floor !== undefined && floor.strictness > (said?.strictness ?? 0)) return { said: floor, lock: one }
    }
    return { ...(said && { said }), ...(lock && { lock }) }
  }

  /** The strictest answer on any route. */
  strictest(cell: number): number {
    const said = this.#said[cell] as readonly Said[]
    const found = deciding(said, ALWAYS)
    const floors = this.#locks(cell).flatMap((lock) => floorsOf(lock, cell, said, ALWAYS))
    const isDecided = found.at(-1)?.layer.condition === ALWAYS
    const atLeast = isDecided ? Number.NEGATIVE_INFINITY : (UNSAID[cell] as number)
    return strictestOf(floors, strictestOf(found, atLeast))
  }

  /** What a lock's own policy says on a route. */
  floor(lock: Lock, cell: number, route: string | undefined, method: string | undefined): number {
    return this.#floor(lock, cell, ({ condition }) => condition.holds(route, method))
  }

  #locks(cell: number): readonly Lock[] {
    return this.#locksOf.get(cell) ?? NO_LOCKS
  }

  #ownOf(lock: Lock, cell: number): readonly Said[] {
    return (this.#said[cell] as readonly Said[]).filter(({ layer }) => isWithin(lock, layer))
  }

  #floor(lock: Lock, cell: number, holds: Holds): number {
    return lastOf(this.#ownOf(lock, cell), holds)?.strictness ?? (UNSAID[cell] as number)
  }

  #answer(holds: Holds): Table {
    const answers = new Float64Array(CELLS)
    let last: readonly Said[] | undefined
    let found: Said | undefined
    for (let cell = 0; cell < CELLS; cell++) {
      const said = this.#said[cell] as readonly Said[]
      if (said !== last) found = lastOf(said, holds)
      last = said
      let answer = found?.strictness ?? (UNSAID[cell] as number)
      for (const lock of this.#locks(cell)) answer = Math.max(answer, this.#floor(lock, cell, holds))
      answers[cell] = answer
    }
    const actions = Uint8Array.from(answers.subarray(0, ACTION_CELLS))
    return { answers, wholes: wholesOf(actions), actions }
  }

  #remember(route: string | undefined, method: string | undefined): Table {
    const held = this.#layers.map(({ condition }) => condition.holds(route, method))
    const set = held.map(Number).join('')
    let table = this.#bySet.get(set)
    if (table === undefined) {
      const holding = new Set(this.#layers.filter((_, at) => held[at]))
      table = this.#answer((layer) => holding.has(layer))
      if (this.#bySet.size >= MAX_SETS) this.#bySet.clear()
      this.#bySet.set(set, table)
    }
    if (this.#byRoute.size >= MAX_ROUTES) this.#byRoute.clear()
    let methods = this.#byRoute.get(route)
    if (methods === undefined) {
      methods = new Map()
      this.#byRoute.set(route, methods)
    }
    if (methods.size >= MAX_ROUTES) methods.clear()
    methods.set(method, table)
    return table
  }
}
