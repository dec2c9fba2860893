import {
  abandoned,
  currentRun,
  disguise,
  failed,
  follow,
  type Guard,
  INSIDE,
  isResponse,
  isSwallowed,
  RESPONDED,
  recordOf,
} from '@respond-once/core/adapter'
import type { Application, ExpressNext, ExpressRequest, ExpressResponse } from './application.ts'
import { isExpress4 } from './application.ts'
import { releaseUnlessPassed } from './pending.ts'
import { guardResponses } from './response.ts'
import { guardOf } from './whole.ts'

function begin(guard: Guard | undefined, response: ExpressResponse): void {
  if (guard === undefined || !isResponse(response) || recordOf(response) !== undefined) return
  // Before Express changes the prototype: afterwards every property is a slow one.
  follow(guard, response)
}

/** Runs Express's own final handler, by its own code: its `handle`, with a router that is at its end at once. */
function finalHandler(
  application: Application,
  handle: Application['handle'],
  request: ExpressRequest,
  response: ExpressResponse,
  error: unknown,
): void {
  const router = { handle: (_request: unknown, _response: unknown, done: ExpressNext) => done(error) }
  const atItsEnd = Object.create(application, {
    [isExpress4(application) ? '_router' : 'router']: { value: router },
    // Headers were set when the request came.
    enabled: { value: () => false },
  }) as Application
  handle.call(atItsEnd, request, response)
}

/** Logs as Express would, but finds the headers sent, and a socket that it may destroy: the first response stands. */
function logOnly(
  application: Application,
  handle: Application['handle'],
  request: ExpressRequest,
  response: ExpressResponse,
  error: unknown,
): void {
  const noConnection = Object.create(request, { socket: { value: { destroy() {} } } }) as ExpressRequest
  const sent = Object.create(response, { headersSent: { value: true } }) as ExpressResponse
  finalHandler(application, handle, noConnection, sent, error)
}

/** The routers have run out: who is left to answer? */
function atEnd(
  application: Application,
  handle: Application['handle'],
  request: ExpressRequest,
  response: ExpressResponse,
  error: unknown,
): void {
  const record = recordOf(response)
  if (record === undefined) {
    finalHandler(application, handle, request, response, error)
    return
  }
  const { guard } = record
  releaseUnlessPassed(record, response)
  if (error) failed(response, record, error, currentRun(record))
  else abandoned(response, record)
  if (isSwallowed(record, error)) {
    logOnly(application, handle, request, response, error)
    return
  }
  // A pending first answer is not overtaken by a 404 that a `next()` too many has led to.
  const pending = (record.bits & RESPONDED) !== 0 && !response.headersSent
  if (pending && !error && guard.judge.decide(response, record, 'double-response', 'next-after-send') === 'suppress')
    return
  // Where the request was not read yet, Express answers later.
  record.rarely().framework = 'finalhandler'
  record.bits |= INSIDE
  try {
    finalHandler(application, handle, request, response, error)
  } finally {
    record.bits &= ~INSIDE
    guard.frameworkAnswered(response, record, 'finalhandler')
  }
}

/** Attaches the guard where a request enters the application, and follows it where its routers run out. */
export function hookHandle(application: Application): void {
  const { handle } = application
  application.handle = disguise(function (
    this: Application,
    request: ExpressRequest,
    response: ExpressResponse,
    callback?: ExpressNext,
  ): unknown {
    // Being mounted, and test clients that make up responses, change what an application's responses inherit.
    guardResponses(application)
    begin(guardOf(application), response)
    if (callback) return handle.call(this, request, response, callback)
    return handle.call(this, request, response, (error) => atEnd(application, handle, request, response, error))
  }, handle)
}
