import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import type { Operation } from '../src/state.ts'

/** One thing that a program may do to a response. */
export interface Step {
  /** As it would be written; failures are read by it. */
  readonly text: string
  /** What the table calls it; undefined where it is none of the table's. */
  readonly operation: Operation | undefined
  /** Whether it does nothing but wait for the next turn. */
  readonly waits?: boolean
  perform(response: ServerResponse, called: (name: string, argument: unknown) => void): unknown
}

const show = (value: unknown) => JSON.stringify(value)

const name = fc.constantFrom('x-a', 'X-B', 'Vary', 'Set-Cookie', 'ETag')
const value: fc.Arbitrary<string | string[]> = fc.oneof(
  fc.constantFrom('1', 'a b', ''),
  fc.constantFrom<string[]>(['1', '2'], ['one']),
)
const status = fc.constantFrom(200, 201, 204, 304, 404, 500)
const reason = fc.constantFrom('Fine', 'So So')
const text = fc.constantFrom('', 'a', 'hello', 'größe', 'é'.repeat(300))
const encoding = fc.constantFrom<BufferEncoding | undefined>(undefined, 'utf8', 'latin1', 'utf16le', 'base64', 'hex')
const chunk: fc.Arbitrary<string | Buffer> = fc.oneof(
  text,
  text.map((content) => Buffer.from(content)),
)
const shape = fc.constantFrom('object', 'flat', 'pairs')

const headers = fc.oneof(
  fc.array(fc.tuple(name, fc.constantFrom('1', '2')), { maxLength: 3 }),
  // Right and wrong lengths, of bodies that come and of bodies that do not.
  fc.constantFrom<[string, string][]>([['Content-Length', '5']], [['Trailer', 'x-sum']], [['Connection', 'close']]),
)

function shaped(entries: readonly (readonly [string, string])[], as: string): unknown {
  if (as === 'object') return Object.fromEntries(entries)
  return as === 'flat' ? entries.flat() : entries
}

const staging = fc.oneof(
  fc.tuple(fc.constantFrom('setHeader', 'appendHeader'), name, value).map(
    ([method, key, set]): Step => ({
      text: `${method}(${show(key)}, ${show(set)})`,
      operation: 'header',
      // Node keeps the array that it is given, and appends to it.
      perform: (response) => response[method as 'setHeader'](key, Array.isArray(set) ? [...set] : set),
    }),
  ),
  name.map(
    (key): Step => ({
      text: `removeHeader(${show(key)})`,
      operation: 'header',
      perform: (response) => response.removeHeader(key),
    }),
  ),
  headers.map(
    (entries): Step => ({
      text: `setHeaders(new Map(${show(entries)}))`,
      operation: 'header',
      perform: (response) => response.setHeaders(new Map(entries)),
    }),
  ),
  // What Node refuses, it refuses in every state.
  fc.constant<Step>({
    text: `setHeader('x bad', '1')`,
    operation: 'header',
    perform: (response) => response.setHeader('x bad', '1'),
  }),
  status.map(
    (code): Step => ({
      text: `statusCode = ${code}`,
      operation: 'status',
      perform: (response) => {
        response.statusCode = code
      },
    }),
  ),
  reason.map(
    (words): Step => ({
      text: `statusMessage = ${show(words)}`,
      operation: 'status',
      perform: (response) => {
        response.statusMessage = words
      },
    }),
  ),
)

const informing = fc.oneof(
  fc.boolean().map(
    (calls): Step => ({
      text: `writeContinue(${calls ? 'callback' : ''})`,
      operation: 'inform',
      perform: (response, called) =>
        calls ? response.writeContinue(() => called('continue', undefined)) : response.writeContinue(),
    }),
  ),
  fc.constant<Step>({
    text: 'writeProcessing()',
    operation: 'inform',
    perform: (response) => response.writeProcessing(),
  }),
  fc.boolean().map(
    (calls): Step => ({
      text: `writeEarlyHints(link${calls ? ', callback' : ''})`,
      operation: 'inform',
      perform: (response, called) => {
        const hints = { link: '</a.css>; rel=preload' }
        // The types of Node 22 ask for the callback; Node does not.
        const args = calls ? [hints, () => called('hints', undefined)] : [hints]
        return Reflect.apply(response.writeEarlyHints, response, args) as unknown
      },
    }),
  ),
)

const heading = fc.oneof(
  fc.tuple(status, fc.option(reason), fc.option(headers), shape).map(([code, words, entries, as]): Step => {
    const rest = [...(words === null ? [] : [words]), ...(entries === null ? [] : [shaped(entries, as)])]
    return {
      text: `writeHead(${[code, ...rest].map(show).join(', ')})`,
      operation: 'head',
      perform: (response) => Reflect.apply(response.writeHead, response, [code, ...rest]) as unknown,
    }
  }),
  fc.constant<Step>({ text: 'writeHead(99)', operation: 'head', perform: (response) => response.writeHead(99) }),
  fc.constant<Step>({ text: 'flushHeaders()', operation: 'flush', perform: (response) => response.flushHeaders() }),
)

/** The arguments of `write` and `end`, in each of their overloads. */
function argumentsOf(
  given: string | Buffer | undefined,
  as: BufferEncoding | undefined,
  calls: boolean,
): { readonly text: string; make(called: (error: unknown) => void): unknown[] } {
  const some = [...(given === undefined ? [] : [given]), ...(given === undefined || as === undefined ? [] : [as])]
  const shown = some.map((argument) => (Buffer.isBuffer(argument) ? `Buffer(${argument.length})` : show(argument)))
  return {
    text: [...shown, ...(calls ? ['callback'] : [])].join(', '),
    make: (called) => [...some, ...(calls ? [called] : [])],
  }
}

const sending = fc.oneof(
  fc.tuple(chunk, encoding, fc.boolean()).map(([given, as, calls]): Step => {
    const args = argumentsOf(given, as, calls)
    return {
      text: `write(${args.text})`,
      operation: 'write',
      perform: (response, called) =>
        Reflect.apply(
          response.write,
          response,
          args.make((error) => called('write', error)),
        ),
    }
  }),
  fc.tuple(fc.option(chunk, { nil: undefined }), encoding, fc.boolean()).map(([given, as, calls]): Step => {
    const args = argumentsOf(given, as, calls)
    return {
      text: `end(${args.text})`,
      operation: given === undefined || given.length === 0 ? 'end' : 'last',
      perform: (response, called) =>
        Reflect.apply(
          response.end,
          response,
          args.make((error) => called('end', error)),
        ),
    }
  }),
  fc.constantFrom(null, 5).map(
    (bad): Step => ({
      text: `write(${bad})`,
      operation: 'write',
      perform: (response) => response.write(bad as never),
    }),
  ),
)

const others = fc.oneof(
  fc.constant<Step>({
    text: `addTrailers({ 'x-sum': '1' })`,
    operation: 'trailer',
    perform: (response) => response.addTrailers({ 'x-sum': '1' }),
  }),
  fc.constantFrom('cork', 'uncork').map(
    (method): Step => ({
      text: `${method}()`,
      operation: undefined,
      perform: (response) => response[method as 'cork'](),
    }),
  ),
  fc.boolean().map(
    (fails): Step => ({
      text: `destroy(${fails ? 'error' : ''})`,
      operation: undefined,
      perform: (response) => response.destroy(fails ? new Error('gone') : undefined),
    }),
  ),
)

const piping = fc.tuple(fc.array(fc.constantFrom('ab', 'cde'), { maxLength: 3 }), fc.boolean()).map(
  ([chunks, end]): Step => ({
    text: `Readable.from(${show(chunks)}).pipe(response, { end: ${end} })`,
    operation: 'pipe',
    perform: (response) => Readable.from(chunks).pipe(response, { end }),
  }),
)

const waiting = fc.constant<Step>({ text: 'await turn()', operation: undefined, waits: true, perform: () => undefined })

/** Any one thing; answers are as frequent as what belongs before and after them. */
const any: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: staging, weight: 6 },
  { arbitrary: informing, weight: 1 },
  { arbitrary: heading, weight: 3 },
  { arbitrary: sending, weight: 7 },
  { arbitrary: others, weight: 2 },
  { arbitrary: piping, weight: 1 },
  { arbitrary: waiting, weight: 2 },
)

/** A program. A counterexample is printed as it would be written. */
export const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  any.map((step) => ({ ...step, [fc.toStringMethod]: () => step.text })),
  { minLength: 1, maxLength: 10, size: 'max' },
)
