import type { ServerResponse } from 'node:http'
import onFinished from 'on-finished'
import onHeaders from 'on-headers'

/** Shared by all requests: what the two listeners do is called, and that is what costs. */
const noted = { headers: 0, finished: 0 }
function noteHeaders(): void {
  noted.headers++
}
function noteFinished(): void {
  noted.finished++
}

/** What is used instead of a guard: a listener before the headers go out, and one when the response has ended. */
export function listenTo(response: ServerResponse): void {
  onHeaders(response, noteHeaders)
  onFinished(response, noteFinished)
}
