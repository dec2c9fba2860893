import express, { type ErrorRequestHandler, type RequestHandler } from 'express'
import * as timeoutHandler from 'express-timeout-handler'
import express4 from 'express4'
import { listenTo } from '../../listeners.ts'
import type { LoadFramework, LoadVariant, Shape } from '../scenarios.ts'
import { ExpectedError, FAILURE, HEADERS, HELLO, megabyte, receipt } from './content.ts'
import { type AnyListener, guardOptions } from './guards.ts'

const passOn: RequestHandler = (_request, _response, next) => next()

const listening: RequestHandler = (_request, response, next) => {
  listenTo(response)
  next()
}

/** As it is copied from one service into the next. */
const snippet: RequestHandler = (_request, response, next) => {
  const { json, send } = response
  let responded = false
  response.json = function (body) {
    if (responded && response.headersSent) return response
    responded = true
    return json.call(this, body)
  }
  response.send = function (body) {
    if (responded && response.headersSent) return response
    responded = true
    return send.call(this, body)
  }
  next()
}

async function first(variant: LoadVariant): Promise<RequestHandler | undefined> {
  const options = guardOptions(variant)
  // Imported on demand: the baseline must run in a process that has never seen the guard.
  if (options !== undefined) return (await import('@respond-once/express')).respondOnce(options) as RequestHandler
  if (variant === 'empty') return passOn
  if (variant === 'on-headers') return listening
  if (variant === 'snippet') return snippet
  if (variant === 'timeout-handler') {
    const onTimeout = (_request: unknown, response: { status(code: number): { end(): void } }) =>
      response.status(503).end()
    return timeoutHandler.handler({ timeout: 5000, onTimeout }) as RequestHandler
  }
  return undefined
}

export async function expressApp(framework: LoadFramework, variant: LoadVariant, shape: Shape): Promise<AnyListener> {
  const make = framework === 'express4' ? express4 : express
  const app = make()
  const own = await first(variant)
  if (own !== undefined) app.use(own)
  for (let i = 0; i < (shape.middlewares ?? 0); i++) app.use((_request, _response, next) => next())
  app.get('/hello', (_request, response) => {
    response.json(HELLO)
  })
  app.get('/headers', (_request, response) => {
    for (const [name, value] of HEADERS) response.setHeader(name, value)
    response.json(HELLO)
  })
  app.get('/stream', (_request, response) => {
    response.type('application/octet-stream')
    megabyte().pipe(response)
  })
  app.get('/error', (_request, _response, next) => next(new ExpectedError()))
  app.post('/orders', make.json(), (request, response) => {
    response.json(receipt(request.body))
  })
  const onError: ErrorRequestHandler = (_error, _request, response, _next) => {
    response.status(500).json(FAILURE)
  }
  app.use(onError)
  return app as unknown as AnyListener
}
