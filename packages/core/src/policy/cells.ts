import { ACTIONS, type Action, CAUSES, type Cause, VIOLATION_KINDS, type ViolationKind } from '../violation.ts'
import { OPTION_KINDS, type Rule, type RuleKey, type RuleOptions } from './model.ts'

// A policy answers so many questions: one for each kind with each cause, and one for each option of a rule. Each answer
// is a number, and a greater one is stricter.

const OPTION_NAMES = Object.keys(OPTION_KINDS) as (keyof RuleOptions)[]

/** How many questions are about actions: they come first. */
export const ACTION_CELLS: number = VIOLATION_KINDS.length * CAUSES.length

/** How many questions there are. */
export const CELLS: number = ACTION_CELLS + OPTION_NAMES.length

const FIRST_OF_KIND: ReadonlyMap<ViolationKind, number> = new Map(
  VIOLATION_KINDS.map((kind, at) => [kind, at * CAUSES.length]),
)
const INDEX_OF_CAUSE: ReadonlyMap<Cause, number> = new Map(CAUSES.map((cause, at) => [cause, at]))

/** The question for the action of a kind with a cause. */
export function actionCell(kind: ViolationKind, cause: Cause): number {
  return (FIRST_OF_KIND.get(kind) as number) + (INDEX_OF_CAUSE.get(cause) as number)
}

/** The first of the questions about a kind; of one about an option, that one. */
export function firstLike(cell: number): number {
  return cell < ACTION_CELLS ? cell - (cell % CAUSES.length) : cell
}

/** The question for an option. */
export function optionCell(option: keyof RuleOptions): number {
  return ACTION_CELLS + OPTION_NAMES.indexOf(option)
}

/** Whether it is a question for an action. */
export function isActionCell(cell: number): boolean {
  return cell < ACTION_CELLS
}

/** The cells of all causes of a kind. */
export function cellsOfKind(kind: ViolationKind): readonly number[] {
  return OF_KIND.get(kind) as readonly number[]
}

const OF_KIND: ReadonlyMap<ViolationKind, readonly number[]> = new Map(
  VIOLATION_KINDS.map((kind) => [kind, CAUSES.map((cause) => actionCell(kind, cause))]),
)

/** A shorter time is stricter. */
const DEFAULTS: { readonly [O in keyof RuleOptions]-?: number } = {
  afterMs: -30_000,
  graceMs: -1000,
  idleMs: Number.NEGATIVE_INFINITY,
  onlyRefusals: 1,
}

/** The answer where no rule says anything. */
export const UNSAID: readonly number[] = Array.from({ length: CELLS }, (_, cell) =>
  isActionCell(cell) ? 0 : DEFAULTS[OPTION_NAMES[cell - ACTION_CELLS] as keyof RuleOptions],
)

function kindOf(key: RuleKey): { readonly kind: ViolationKind; readonly cause: Cause | undefined } {
  const [kind, cause] = key.split('/') as [ViolationKind, Cause | undefined]
  return { kind, cause }
}

/** What a rule answers to some questions. */
export interface Answer {
  readonly cells: readonly number[]
  readonly strictness: number
  /** The action as it was written, which may mean another one. */
  readonly written?: Action
  /** For one cause only: it wins over what is said of the whole kind. */
  readonly isNarrow: boolean
}

/** There is no call to throw at: `throw` means `report`, which is milder than `suppress`. */
const NEVER_THROWN: ReadonlySet<ViolationKind> = new Set(['error-after-response', 'truncated-response'])

function meaningOf(kind: ViolationKind, action: Action): Action {
  return action === 'throw' && NEVER_THROWN.has(kind) ? 'report' : action
}

/** The answers of one rule. */
export function answersOf(key: RuleKey, rule: Rule): readonly Answer[] {
  const { kind, cause } = kindOf(key)
  const cells = cause === undefined ? cellsOfKind(kind) : [actionCell(kind, cause)]
  const isNarrow = cause !== undefined
  const [action, options] = typeof rule === 'string' ? [rule, {}] : rule
  const answers: Answer[] = [{ cells, strictness: ACTIONS.indexOf(meaningOf(kind, action)), written: action, isNarrow }]
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined) continue
    // There is one of each for the whole kind: what is said beside a cause still wins, as its action does.
    const cell = optionCell(option as keyof RuleOptions)
    answers.push({ cells: [cell], strictness: strictnessOf(value), isNarrow })
  }
  return answers
}

function strictnessOf(value: number | boolean): number {
  return typeof value === 'number' ? -value : value ? 0 : 1
}

/** The questions that a lock on this key is about: actions, and the options that say what those come to. */
export function lockedCells(key: RuleKey): readonly number[] {
  const { kind, cause } = kindOf(key)
  const actions = cause === undefined ? cellsOfKind(kind) : [actionCell(kind, cause)]
  return [...actions, ...(OPTIONS.get(kind) as readonly number[])]
}

const OPTIONS: ReadonlyMap<ViolationKind, readonly number[]> = new Map(
  VIOLATION_KINDS.map((kind) => [kind, OPTION_NAMES.filter((name) => OPTION_KINDS[name] === kind).map(optionCell)]),
)

/** An answer in words: an action, or an option with its value. */
export function answerInWords(cell: number, strictness: number): string {
  if (isActionCell(cell)) return ACTIONS[strictness] as string
  const option = OPTION_NAMES[cell - ACTION_CELLS] as keyof RuleOptions
  if (option === 'onlyRefusals') return `onlyRefusals: ${strictness === 0}`
  return strictness === Number.NEGATIVE_INFINITY ? `no ${option}` : `${option}: ${-strictness}`
}
