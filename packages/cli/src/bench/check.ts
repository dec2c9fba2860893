import { difference } from './difference.ts'
import { type Answer, exchange } from './exchange.ts'
import type { Target, Variant } from './experiment.ts'
import { requestName } from './request-name.ts'
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
    const words = `${requestName(request)} was not answered (${variant.title}): ${(error as Error).message}`
    throw new CouldNotRunError(words, server.output)
  }
}

/** The status that every response to this request has. */
function expectStatus({ variant, server }: Running, target: Target, { status }: Answer): void {
  const wrong = target.status === undefined ? status >= 400 : status !== target.status
  if (!wrong) return
  throw new CouldNotRunError(
    `${requestName(target.request)} was answered with ${status} (${variant.title})`,
    server.output,
  )
}

/** A guard that nobody sees measures nothing, and one in the baseline hides what it costs. */
async function expectGuard(running: Running, target: Target, send: Exchange): Promise<Answer> {
  const { variant, server } = running
  if (!server.speaksHttp1 && send === exchange) {
    const words = 'the server speaks HTTP/2 alone, and HTTP/1 is measured (over TLS: `allowHTTP1: true`)'
    throw new CouldNotRunError(`${requestName(target.request)} cannot be asked for: ${words}`, server.output)
  }
  await server.expectRequests()
  const answer = await ask(running, target, send)
  const { requests, guarded } = await server.seenRequests()
  const name = requestName(target.request)
  if (requests === 0 && send === exchange) {
    throw new CouldNotRunError(`${name} was answered by another process than the one started`, server.output)
  }
  if (variant.guarded !== undefined && variant.guarded !== guarded > 0) {
    const words = variant.guarded ? 'was not guarded: is respondOnce() installed?' : 'was guarded in the baseline'
    throw new CouldNotRunError(`the response to ${name} ${words}`, server.output)
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
  const statuses = new Map<Target, number>()
  for (const target of targets) {
    // Each is asked alike and equally often: what a server has done before is part of what it costs.
    const answers = new Map<Running, readonly [Answer, Answer]>()
    for (const running of [baseline, ...all.filter((one) => one !== baseline)]) {
      const answer = await expectGuard(running, target, send)
      if (running === baseline) expectStatus(baseline, target, answer)
      answers.set(running, [answer, await ask(running, target, send)])
    }
    const isBaseline = ({ variant }: Running) => variant.start === baselineVariant.start
    const known = [baseline, ...all.filter(isBaseline)].flatMap((one) => answers.get(one) ?? [])
    statuses.set(target, (known[0] as Answer).status)
    for (const other of all.filter((one) => !isBaseline(one))) {
      const [answer] = answers.get(other) as readonly [Answer, Answer]
      const found = difference(known as [Answer, ...Answer[]], answer)
      if (found === undefined) continue
      const name = requestName(target.request)
      throw new CouldNotRunError(`${name} (${other.variant.title}) has ${found}`, other.server.output)
    }
  }
  return statuses
}
