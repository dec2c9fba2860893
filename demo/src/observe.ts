import { gunzipSync } from 'node:zlib'
import type { Happenings, Service } from './child.ts'
import { type Answer, send } from './client.ts'
import type { Scenario } from './scenarios.ts'

/** An idle service that has said nothing for this long is done. The latest mistake comes 60 ms after its answer. */
const QUIET_MS = 250

/** Everything that was seen of one request on one of the two services. */
export interface Observation extends Happenings {
  readonly guarded: boolean
  readonly answer: Answer
  readonly connectionClosed: boolean
}

export async function observe(service: Service, scenario: Scenario, quietMs = QUIET_MS): Promise<Observation> {
  const port = await service.port()
  service.clear()
  const exchange = send(port, scenario, () => service.idle())
  const answer = await exchange.answer
  const happenings = await service.settle(quietMs)
  const observation = {
    ...happenings,
    guarded: service.guarded,
    answer,
    connectionClosed: exchange.connectionClosed(),
  }
  exchange.release()
  return observation
}

/** The body as its reader sees it. A compressed body that was cut has no text. */
export function bodyText({ body, headers, ending }: Answer): string {
  if (headers['content-encoding'] !== 'gzip') return body.toString()
  return ending === 'complete' ? gunzipSync(body).toString() : ''
}
