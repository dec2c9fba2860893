import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { sinceNode } from './since-node.ts'
import { outcomeOf, twins } from './twins.ts'
import { chunksOf, parts } from './wire.ts'

describe('return values', () => {
  it('are those of Node, method by method', async () => {
    const { saw } = await twins((response) => {
      const of = (call: () => unknown) => outcomeOf(response, call)
      return {
        setHeader: of(() => response.setHeader('x-a', '1')),
        appendHeader: of(() => response.appendHeader('x-a', '2')),
        setHeaders: of(() => response.setHeaders(new Map([['x-b', '1']]))),
        removeHeader: of(() => response.removeHeader('x-b')),
        getHeader: of(() => response.getHeader('x-a')),
        writeContinue: of(() => response.writeContinue()),
        writeProcessing: of(() => response.writeProcessing(() => undefined)),
        writeEarlyHints: of(() => response.writeEarlyHints({ link: '</a>; rel=preload' }, () => undefined)),
        cork: of(() => response.cork()),
        writeHead: of(() => response.writeHead(200)),
        flushHeaders: of(() => response.flushHeaders()),
        write: of(() => response.write('body')),
        uncork: of(() => response.uncork()),
        addTrailers: of(() => response.addTrailers({ 'x-sum': '1' })),
        setTimeout: of(() => response.setTimeout(1000)),
        end: of(() => response.end()),
        endAgain: of(() => response.end()),
        destroy: of(() => response.destroy()),
      }
    })
    expect(saw).toMatchObject({ setHeader: 'this', writeHead: 'this', write: true, end: 'this', endAgain: 'this' })
  })

  it('of write say when to wait, and a drain says when to go on', async () => {
    const big = 'x'.repeat(4_000_000)
    const play = async (response: ServerResponse) => {
      const small = response.write('small')
      const large = response.write(big)
      const drained = new Promise((resolve) => response.on('drain', () => resolve('drained')))
      return { small, large, after: await drained, end: response.end() === response }
    }
    const { saw } = await twins(play)
    expect(saw).toEqual({ small: true, large: false, after: 'drained', end: true })
  })

  it('let calls be chained', async () => {
    const { wire } = await twins((response) => {
      response.setHeader('x-a', '1').appendHeader('x-a', '2').writeHead(201, { 'x-b': '3' }).end('chained')
    })
    expect(parts(wire).head).toEqual(expect.arrayContaining(['HTTP/1.1 201 Created', 'x-a: 1', 'x-a: 2', 'x-b: 3']))
  })
})

describe('callbacks', () => {
  type Log = (name: string) => (error?: unknown) => void
  const logged = (answer: (response: ServerResponse, log: Log) => unknown) => async (response: ServerResponse) => {
    const calls: string[] = []
    const log: Log = (name) => (error) => calls.push(`${name} ${error ?? 'well'}`)
    response.on('finish', log('finish'))
    const closed = once(response, 'close')
    answer(response, log)
    await closed
    return calls
  }

  it.each<[string, (response: ServerResponse, log: Log) => unknown]>([
    ['end(callback)', (response, log) => response.end(log('end'))],
    ['end(data, callback)', (response, log) => response.end('x', log('end'))],
    ['end(data, encoding, callback)', (response, log) => response.end('eA==', 'base64', log('end'))],
    [
      'end(undefined, undefined, callback)',
      (response, log) => response.end(undefined as never, undefined as never, log('end')),
    ],
  ])('of %s are called once', async (_name, answer) => {
    const { saw } = await twins(logged(answer))
    expect(saw.toSorted()).toEqual(['end well', 'finish well'])
  })

  it('of write are called once each, in order', async () => {
    const { saw } = await twins(
      logged((response, log) => {
        response.write('a', log('first'))
        response.write('62', 'hex', log('second'))
        response.end('c', log('end'))
      }),
    )
    const [finish, end] = ['finish well', 'end well']
    expect(saw).toEqual(['first well', 'second well', ...sinceNode(24, [end, finish], [finish, end])])
  })

  it('of 1xx responses are called', async () => {
    const { saw } = await twins(
      logged((response, log) => {
        response.writeContinue(log('continue'))
        response.writeProcessing(log('processing'))
        response.writeEarlyHints({ link: '</a>; rel=preload' }, log('hints'))
        response.end()
      }),
    )
    expect(saw.toSorted()).toEqual(['continue well', 'finish well', 'hints well', 'processing well'])
  })
})

describe('bytes', () => {
  /** From 26 on, Node sends as one chunk what is written in one turn. */
  const inOneTurn = (...chunks: readonly string[]) => sinceNode(26, [chunks.join('')], chunks)

  it.each(['utf8', 'latin1', 'utf16le', 'base64', 'hex'] as const)(
    'of write and end are encoded as %s',
    async (encoding) => {
      const text = Buffer.from('wörter', 'utf8').toString(
        encoding === 'hex' || encoding === 'base64' ? encoding : 'utf8',
      )
      const { wire } = await twins((response) => {
        response.write(text, encoding)
        response.end(text, encoding)
      })
      const chunk = Buffer.from(text, encoding).toString('latin1')
      expect(chunksOf(wire)).toEqual(inOneTurn(chunk, chunk))
    },
  )

  it('of buffers and typed arrays stay what they are', async () => {
    const { wire } = await twins((response) => {
      response.write(Buffer.from([0, 255]))
      response.end(new Uint8Array([10, 0]))
    })
    expect(chunksOf(wire)).toEqual(inOneTurn('\0\xff', '\n\0'))
  })

  it('leave in the turn in which they were given', async () => {
    const { saw } = await twins((response) => {
      const { socket } = response
      const before = socket?.bytesWritten ?? 0
      response.end('now')
      const { headersSent, writableEnded, finished } = response
      return { isOut: (socket?.bytesWritten ?? 0) > before, headersSent, writableEnded, finished }
    })
    expect(saw).toEqual({ isOut: true, headersSent: true, writableEnded: true, finished: true })
  })

  it('of pipes and pipelines arrive whole', async () => {
    const bodies = await twins(async (response) => {
      await pipeline(Readable.from(['a', 'b']), response)
    })
    expect(chunksOf(bodies.wire)).toEqual(inOneTurn('a', 'b'))
    const { saw } = await twins((response) => Readable.from(['a']).pipe(response) === response)
    expect(saw).toBe(true)
  })

  it('of HEAD, 204 and 304 are left out by Node alone', async () => {
    const head = await twins((response) => response.end('body') === response, 'protect', { method: 'HEAD' })
    expect(head).toMatchObject({ wire: expect.stringMatching(/\r\n\r\n$/), saw: true })
    for (const status of [204, 304]) {
      const { wire } = await twins((response) => response.writeHead(status).end('body') === response)
      expect(parts(wire).body).toBe('')
    }
  })
})
