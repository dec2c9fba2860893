import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { sinceNode } from './since-node.ts'
import { twins } from './twins.ts'
import { parts } from './wire.ts'

describe('heads', () => {
  const headOf = async (answer: (response: ServerResponse) => unknown) => {
    const { wire } = await twins((response) => {
      response.sendDate = false
      answer(response)
      response.end()
    })
    return parts(wire).head.filter((line) => !/^(Connection|Content-Length|Transfer-Encoding): /.test(line))
  }

  it.each<[string, (response: ServerResponse) => unknown, readonly string[]]>([
    ['a status', (response) => response.writeHead(404), ['HTTP/1.1 404 Not Found']],
    ['a reason', (response) => response.writeHead(404, 'Nowhere'), ['HTTP/1.1 404 Nowhere']],
    ['headers', (response) => response.writeHead(200, { 'X-One': '1' }), ['HTTP/1.1 200 OK', 'X-One: 1']],
    [
      'a reason and headers',
      (response) => response.writeHead(200, 'Fine', { 'X-One': '1' }),
      ['HTTP/1.1 200 Fine', 'X-One: 1'],
    ],
    [
      'undefined and headers',
      (response) => response.writeHead(200, undefined, { 'X-One': '1' }),
      ['HTTP/1.1 200 OK', 'X-One: 1'],
    ],
    [
      'a flat list',
      (response) => response.writeHead(200, ['X-One', '1', 'x-one', '2']),
      ['HTTP/1.1 200 OK', 'X-One: 1', 'x-one: 2'],
    ],
    [
      'a reason and a flat list',
      (response) => response.writeHead(200, 'Fine', ['X-One', '1']),
      ['HTTP/1.1 200 Fine', 'X-One: 1'],
    ],
    [
      'pairs',
      (response) =>
        response.writeHead(200, [
          ['X-One', '1'],
          ['X-Two', '2'],
        ] as never),
      ['HTTP/1.1 200 OK', 'X-One: 1', 'X-Two: 2'],
    ],
    [
      'a list of values',
      (response) => response.writeHead(200, { 'Set-Cookie': ['a=1', 'b=2'] }),
      ['HTTP/1.1 200 OK', 'Set-Cookie: a=1', 'Set-Cookie: b=2'],
    ],
  ])('of writeHead are sent with %s', async (_name, answer, head) => {
    expect(await headOf(answer)).toEqual(head)
  })

  it('merge staged headers with those of writeHead', async () => {
    const head = await headOf((response) =>
      response.setHeader('X-A', '1').setHeader('x-b', '1').writeHead(200, ['X-A', '2']),
    )
    const [one, other] = ['X-A: 2', 'x-b: 1']
    expect(head).toEqual(['HTTP/1.1 200 OK', ...sinceNode(22, [other, one], [one, other])])
  })

  it('keep the case and the order of names', async () => {
    const head = await headOf((response) => {
      response.setHeader('X-ZEBRA', '1')
      response.setHeader('x-apple', '2')
      response.setHeader('X-MiXeD', ['3', '4'])
      response.appendHeader('X-Apple', '5')
      response.setHeaders(new Headers({ 'X-Later': '6' }))
    })
    const names = ['X-ZEBRA: 1', 'x-apple: 2', 'x-apple: 5', 'X-MiXeD: 3', 'X-MiXeD: 4', 'x-later: 6']
    expect(head.slice(1).toSorted()).toEqual(names.toSorted())
    expect(head.indexOf('X-ZEBRA: 1')).toBeLessThan(head.indexOf('x-apple: 2'))
  })

  it('carry the status and the reason that were assigned', async () => {
    const head = await headOf((response) => {
      response.statusCode = 418
      response.statusMessage = 'Short And Stout'
    })
    expect(head).toEqual(['HTTP/1.1 418 Short And Stout'])
  })

  it('come after the 1xx responses', async () => {
    const { wire } = await twins((response) => {
      response.writeContinue()
      response.writeProcessing(() => undefined)
      response.writeEarlyHints({ link: '</a.css>; rel=preload', 'x-more': '1' }, () => undefined)
      response.end('body')
    })
    const statuses = [...wire.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => status)
    expect(statuses).toEqual(['100', '102', '103', '200'])
    expect(wire).toContain('Link: </a.css>; rel=preload\r\nx-more: 1\r\n')
  })

  it('may have trailers after the body', async () => {
    const { wire } = await twins((response) => {
      response.writeHead(200, { Trailer: 'X-Sum' })
      response.write('body')
      response.addTrailers({ 'X-Sum': '42' })
      response.end()
    })
    expect(wire.endsWith('0\r\nX-Sum: 42\r\n\r\n')).toBe(true)
  })
})
