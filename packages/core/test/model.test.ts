import type { RequestListener } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type GuardOptions, type Policy, type PresetName, respondOnce, type ViolationKind } from '../src/node.ts'
import { TRANSITIONS } from '../src/state.ts'
import { BREACHES, VIOLATION_KINDS } from '../src/violation.ts'
import { MemoryServer } from './memory.ts'
import { type Step, steps } from './operations.ts'
import { Played } from './played.ts'

const RUNS = Number(process.env.MODEL_RUNS ?? 20_000)
const SEED = process.env.MODEL_SEED

/** What the table does not know of: they are about bodies. */
const OF_BODIES: ReadonlySet<ViolationKind> = new Set(['length-mismatch', 'truncated-response'])

/** A guarded server, and what it told of the exchange that runs now. */
class Guarded extends MemoryServer {
  readonly told: ViolationKind[]

  constructor(policy: Policy | PresetName) {
    const told: ViolationKind[] = []
    const options: GuardOptions = { policy, reporters: [], onViolation: ({ kind }) => told.push(kind) }
    super((handler) => respondOnce(handler as RequestListener, options))
    this.told = told
  }
}

const ALL_OFF = Object.fromEntries(VIOLATION_KINDS.map((kind) => [kind, 'off' as const]))
const plain = new MemoryServer((handler) => handler)
const off = new Guarded({ rules: ALL_OFF })
const observe = new Guarded('observe')
const protect = new Guarded('protect')
const servers = [plain, off, observe, protect]

/** Follows the table through a program, and holds the guard against it. */
class Model {
  /** The kinds that the table has no cell for, turn by turn. */
  readonly breaches: ViolationKind[][] = [[]]
  isPiped = false
  #isStaged = false
  readonly #played: Played

  constructor(played: Played) {
    this.#played = played
  }

  play(step: Step): void {
    const played = this.#played
    const before = played.stateByNode(this.#isStaged)
    const { statusCode, statusMessage } = played.response
    played.play(step)
    if (step.waits) this.breaches.push([])
    if (step.operation === 'pipe') this.isPiped = true
    if (step.operation !== undefined && !played.isGone && !this.isPiped) {
      const cell = TRANSITIONS[before][step.operation]
      // Assigning what is there changes nothing.
      const isSame = statusCode === played.response.statusCode && statusMessage === played.response.statusMessage
      const changes = step.operation !== 'status' || !isSame
      if (cell === undefined && changes) this.breaches.at(-1)?.push(BREACHES[step.operation] as ViolationKind)
      if (!played.threw && played.state !== (cell ?? before)) {
        throw new Error(`after ${step.text} the guard is at ${played.state}, by the table at ${cell ?? before}`)
      }
    }
    // The table knows that something was to be staged; that Node found its name or value bad, it does not.
    if (step.operation === 'header' || step.operation === 'status') this.#isStaged = true
    this.check(step.text)
  }

  /** The guard and Node's own flags agree. */
  check(when: string): void {
    const { state } = this.#played
    const byNode = this.#played.stateByNode(this.#isStaged)
    if (state !== byNode) throw new Error(`after ${when} the guard is at ${state}, and Node at ${byNode}`)
  }
}

function same(bare: Played, guarded: Played, mode: string): void {
  const at = bare.log.findIndex((line, index) => guarded.log[index] !== line)
  const length = guarded.log.length === bare.log.length
  if (at === -1 && length) return
  const [expected, found] = [bare.log[at] ?? 'nothing', guarded.log[at] ?? `then ${guarded.log[bare.log.length]}`]
  throw new Error(
    `${mode} is not as without the guard, in\n${bare.log.join('\n')}\nexpected ${expected}\nfound    ${found}`,
  )
}

// The test runner maps every frame of every stack back to its source: nine tenths of the time, for places that nobody
// reads here.
const { prepareStackTrace } = Error

// What Node throws where a pipe writes has no caller: it would end the process.
const uncaught: unknown[] = []

beforeAll(() => {
  Reflect.deleteProperty(Error, 'prepareStackTrace')
  process.setUncaughtExceptionCaptureCallback((error) => uncaught.push(error))
})
afterAll(() => {
  process.setUncaughtExceptionCaptureCallback(null)
  if (prepareStackTrace !== undefined) Error.prepareStackTrace = prepareStackTrace
})

let isFresh = true

/** Plays one program on all servers, step by step side by side. */
async function playAll(request: string, program: readonly Step[]): Promise<void> {
  if (isFresh) for (const server of servers) server.leave()
  isFresh = true
  for (const { told } of [off, observe, protect]) told.length = 0
  uncaught.length = 0
  const all = await Promise.all(servers.map(async (server) => new Played(server, await server.request(request))))
  const [bare, silent, observed, protected_] = all as [Played, Played, Played, Played]
  const [inSilence, inSight] = [new Model(silent), new Model(observed)]
  for (const step of program) {
    if (step.waits) await turn()
    bare.play(step)
    inSilence.play(step)
    inSight.play(step)
    protected_.play(step)
  }
  await turn()
  await turn()
  for (const played of all) played.settle()
  inSight.check('the end')
  same(bare, silent, 'off')
  same(bare, observed, 'observe')
  expect(off.told, 'told under off').toEqual([])
  judge(inSight, observe.told)
  // After the client has gone nothing is told, but what Node would throw at is held back.
  const excused = bare.isGone && bare.log.some((line) => line.includes('ERR_HTTP_HEADERS_SENT'))
  if (protect.told.length === 0 && !excused) {
    same(bare, protected_, 'protect')
    if (uncaught.length % servers.length !== 0) throw new Error(`uncaught, but not by all: ${uncaught.join()}`)
  }
  expect(protect.told.length > 0, 'protect tells where observe does').toBe(observe.told.length > 0)
  // A connection that served well serves again.
  const { response } = bare
  const { socket } = plain
  isFresh = observe.told.length > 0 || !response.writableFinished || socket.destroyed || socket.writableEnded
}

/**
 * One mistake is one violation: each turn in which the table has no cell is told once, by one of its kinds. What the same
 * place does wrong again is not told again.
 */
function judge({ breaches, isPiped }: Model, told: readonly ViolationKind[]): void {
  // A pipe writes when it likes, and what is told of a body explains the rest of its turn.
  if (isPiped || told.some((kind) => OF_BODIES.has(kind))) return
  const expected = breaches.filter((kinds) => kinds.length > 0)
  const seen = new Set<ViolationKind>()
  let at = 0
  const known = expected.every((kinds) => {
    const kind = told[at]
    if (kind === undefined || !kinds.includes(kind)) return kinds.some((one) => seen.has(one))
    seen.add(kind)
    at++
    return true
  })
  const fits = known && at === told.length
  if (!fits) throw new Error(`told ${told.join()}; the table has no cell for ${JSON.stringify(expected)}`)
}

const lines = (...all: string[]) => [...all, 'Host: localhost', '', ''].join('\r\n')

const request = fc.constantFrom(
  lines('GET / HTTP/1.1'),
  lines('GET / HTTP/1.1'),
  lines('HEAD / HTTP/1.1'),
  lines('GET / HTTP/1.1', 'Connection: close'),
  lines('GET / HTTP/1.0'),
)

it('agrees with the table, with Node and with the wire, and leaves exchanges as they are', {
  timeout: 180_000,
}, async () => {
  const options = { numRuns: RUNS, ...(SEED === undefined ? {} : { seed: Number(SEED) }) }
  await fc.assert(fc.asyncProperty(request, steps, playAll), options)
})
