import type { Cause, ViolationKind } from './violation.ts'

// What happened and why, in whole sentences, for people who have never heard of the kinds and causes.

/** What happened. */
export const KIND_SENTENCES: { readonly [K in ViolationKind]: string } = {
  'double-response': 'The request was answered a second time.',
  'late-header': 'A header was changed after the headers had been sent.',
  'late-status': 'The status was changed after it had been sent.',
  'write-after-end': 'Body bytes were written after the response had ended.',
  'next-after-response': 'A handler passed control on although it had responded.',
  'next-called-twice': 'One handler passed control on twice.',
  'error-after-response': 'A handler failed after it had responded.',
  'truncated-response': 'The body was begun, and broke off.',
  'no-response': 'Nothing was sent, and the client still waits.',
  'body-overwritten': 'The body was replaced before it was sent.',
  'length-mismatch': 'The body is not as long as its Content-Length says.',
  'body-not-allowed': 'A body was given to a status that has none.',
  'response-after-close': 'A response was attempted after the client had gone.',
}

/** Why. */
export const CAUSE_SENTENCES: { readonly [C in Cause]: string } = {
  'disconnected-client': 'The client left first.',
  'send-and-return': 'An async handler both sent and returned a value.',
  loop: 'One run of the handler came to the same call again.',
  stream: 'The error or the end of a stream led to the second call.',
  'chained-send': 'The second call was made on the result of the first.',
  'duplicate-catch': 'The second call is on the error path of what had responded.',
  'next-after-send': 'Control was passed on after the answer, and a later handler answered too.',
  'missing-return': 'One run of a function reached both places, with no `return` in between.',
  'middleware-order': 'A middleware did this after what it wraps had answered.',
  timeout: 'A timeout had answered in the meantime.',
  'missing-await': 'A middleware did not wait for what it had started.',
  'late-callback': 'The second call was made later, by a callback, a timer, an event or a promise.',
  'forgotten-response': 'The handler ran to its end and answered nothing.',
  unknown: 'The cause is not certain.',
}
