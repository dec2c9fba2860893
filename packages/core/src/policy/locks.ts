import { type OptionProblem, pathOf } from '../problems.ts'
import { answerInWords, isActionCell, lockedCells, UNSAID } from './cells.ts'
import { ALWAYS, type Condition } from './condition.ts'
import { isWithin, type Layers, type Lock, type Said } from './layers.ts'

// A lock holds a rule where its own policy has it. Attempts to loosen it are mistakes; what cannot be seen when a
// service starts, such as where two globs meet, is held when the policy is asked.

/** What was said that may decide a question under a condition, the strongest first. */
export function deciding(said: readonly Said[], condition: Condition): readonly Said[] {
  const found: Said[] = []
  for (let at = said.length - 1; at >= 0; at--) {
    const one = said[at] as Said
    if (one.layer.condition.excludes(condition)) continue
    found.push(one)
    if (one.layer.condition.covers(condition)) break
  }
  return found
}

/** An answer that a lock's own policy gives somewhere. */
interface Floor {
  readonly condition: Condition
  readonly strictness: number
}

/** The answers that a lock's own policy gives under a condition. */
export function floorsOf(lock: Lock, cell: number, said: readonly Said[], condition: Condition): readonly Floor[] {
  const own = said.filter(({ layer }) => isWithin(lock, layer))
  const found = deciding(own, condition).map(({ layer, strictness }) => ({ condition: layer.condition, strictness }))
  const isDecided = found.at(-1)?.condition.covers(condition) === true
  return isDecided ? found : [...found, { condition: ALWAYS, strictness: UNSAID[cell] as number }]
}

/** The strictest of some answers, of which there may be too many to be arguments. */
export function strictestOf(answers: readonly { readonly strictness: number }[], atLeast: number): number {
  return answers.reduce((strictest, { strictness }) => Math.max(strictest, strictness), atLeast)
}

/** The questions that a lock is about, but for those of which the same was said as of one before. */
function differentCells({ key }: Lock, said: Layers['said']): readonly number[] {
  const lists = new Set<readonly Said[]>()
  return lockedCells(key).filter((cell) => lists.size < lists.add(said[cell] as readonly Said[]).size)
}

/** How strictly a lock holds its rule: the strictest action of its own policy for any cause. */
export function strengthOf(lock: Lock, { said }: Layers): number {
  const cells = differentCells(lock, said).filter(isActionCell)
  const floors = cells.flatMap((cell) => floorsOf(lock, cell, said[cell] as Said[], ALWAYS))
  return strictestOf(floors, Number.NEGATIVE_INFINITY)
}

/** The locks that lock something: a rule that is off can only be tightened. */
export function bindingLocks(layers: Layers): readonly Lock[] {
  return layers.locks.filter((lock) => strengthOf(lock, layers) > 0)
}

/** Who made a lock, and where. */
export function lockInWords({ key, label, path }: Lock): string {
  return `${key} is locked by ${label}, at ${pathOf(path)}`
}

/** What was said from outside and loosens a lock's question, somewhere. */
function loosening(lock: Lock, cell: number, said: readonly Said[]): readonly Said[] {
  return deciding(said, ALWAYS).filter(({ layer, strictness }, at, all) => {
    if (isWithin(lock, layer)) return false
    const stronger = all.slice(0, at)
    return floorsOf(lock, cell, said, layer.condition).some(
      (floor) => floor.strictness > strictness && !stronger.some((one) => one.layer.condition.covers(floor.condition)),
    )
  })
}

function problemOf(lock: Lock, cell: number, { layer, key, strictness, written }: Said): OptionProblem {
  const answer = answerInWords(cell, strictness)
  const meaning = written === answer ? '' : `, which means ${answer} here`
  const shown = isActionCell(cell) ? `"${written}"${meaning}` : answer
  return {
    path: pathOf(layer.isPreset ? layer.path : [...layer.path, key]),
    found: layer.isPreset ? `"${layer.label}", where ${key} is ${answer}` : shown,
    allowed: `nothing looser: ${lockInWords(lock)}`,
  }
}

/** The attempts to loosen what is locked. */
export function lockProblems({ said }: Layers, binding: readonly Lock[]): OptionProblem[] {
  const problems = new Map<string, OptionProblem>()
  for (const lock of binding) {
    for (const cell of differentCells(lock, said)) {
      for (const one of loosening(lock, cell, said[cell] as Said[])) {
        const found = problemOf(lock, cell, one)
        problems.set(`${found.path} ${found.found} ${lock.label}`, found)
      }
    }
  }
  return [...problems.values()]
}
