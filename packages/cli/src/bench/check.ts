import { type Answer, exchange } from './exchange.ts'
import type { Target, Variant } from './experiment.ts'
import { CouldNotRunError, type ServerProcess } from './server-process.ts'

/** A variant that runs. */
export interface Running {
  readonly variant: Variant
  readonly server: ServerProcess
}

type Exchange = typeof exchange

async function ask({ variant, server }: Running, { request }: Target, send: Exchange): Promise<Answer> {
  try {
    return await send(server.origin, request)
  } catch (error) {
    const words = `${request.method} ${request.path} was not answered (${variant.title}): ${(error as Error).message}`
    throw new CouldNotRunError(words, server.output)
  }
}

/** The status that every response to this request has. */
function expectStatus({ variant, server }: Running, target: Target, { status }: Answer): void {
  const { method, path } = target.request
  const wrong = target.status === undefined ? status >= 400 : status !== target.status
  if (!wrong) return
  throw new CouldNotRunError(`${method} ${path} was answered with ${status} (${variant.title})`, server.output)
}

/** Parts that a program does not answer alike twice cannot be compared with another program's. */
function difference(known: readonly [Answer, Answer], other: Answer): string | undefined {
  const parts = ['status', 'headers', 'body'] as const
  const differs = parts.find((part) => known[0][part] === known[1][part] && other[part] !== known[0][part])
  return differs && `another ${differs}:\n${other[differs]}\nwhere the baseline has\n${known[0][differs]}`
}

/** A guard that nobody sees measures nothing, and one in the baseline hides what it costs. */
async function expectGuard(running: Running, target: Target, send: Exchange): Promise<Answer> {
  const { variant, server } = running
  await server.expectRequests()
  const answer = await ask(running, target, send)
  const { requests, guarded } = await server.seenRequests()
  const { method, path } = target.request
  if (requests === 0 && send === exchange) {
    throw new CouldNotRunError(`${method} ${path} was answered by another process than the one started`, server.output)
  }
  if (variant.guarded !== undefined && variant.guarded !== guarded > 0) {
    const words = variant.guarded ? 'was not guarded: is respondOnce() installed?' : 'was guarded in the baseline'
    throw new CouldNotRunError(`the response to ${method} ${path} ${words}`, server.output)
  }
  return answer
}

/**
 * Before any load: every variant answers, and as the baseline does. Returns the status of each target's responses.
 * @throws {CouldNotRunError} where one does not.
 */
export async function checkAnswers(
  all: readonly Running[],
  baselineVariant: Variant,
  targets: readonly Target[],
  send: Exchange = exchange,
): Promise<ReadonlyMap<Target, number>> {
  const baseline = all.find(({ variant }) => variant === baselineVariant) as Running
  const others = all.filter((running) => running !== baseline)
  const statuses = new Map<Target, number>()
  for (const target of targets) {
    const known = [await expectGuard(baseline, target, send), await ask(baseline, target, send)] as const
    expectStatus(baseline, target, known[0])
    statuses.set(target, known[0].status)
    for (const other of others) {
      const found = difference(known, await expectGuard(other, target, send))
      if (found === undefined) continue
      const { method, path } = target.request
      throw new CouldNotRunError(`${method} ${path} (${other.variant.title}) has ${found}`, other.server.output)
    }
  }
  return statuses
}
