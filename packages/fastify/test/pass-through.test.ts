import type { FastifyReply } from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { repliesOf } from '../src/application.ts'
import { guarded } from './guarded.ts'
import { type Fastify, versions } from './versions.ts'

type Use = (reply: FastifyReply & Record<string, (...args: unknown[]) => unknown>) => unknown

/** What one use of a reply leads to, without the guard and with it. */
async function both(fastify: Fastify, use: Use) {
  const outcome = async (app: Awaited<ReturnType<typeof guarded>>['app']) => {
    let seen: unknown
    app.get('/', (_request, reply) => {
      try {
        const result = use(reply as never)
        seen = result === reply ? 'the reply' : result
      } catch (error) {
        seen = `${(error as NodeJS.ErrnoException).code}: ${(error as Error).message}`
      }
      if (!reply.sent) reply.send('sent at last')
    })
    const { statusCode, headers, body } = await app.inject('/')
    const { date: _date, ...rest } = headers
    return { seen, statusCode, headers: rest, body }
  }
  const plain = fastify()
  onTestFinished(() => plain.close())
  const { app, violations } = await guarded(fastify)
  return { plain: await outcome(plain), guarded: await outcome(app), violations }
}

const uses: readonly (readonly [string, Use])[] = [
  ['send', (reply) => reply.send({ ok: true })],
  ['send without arguments', (reply) => (reply as never as { send(): unknown }).send()],
  ['send of null', (reply) => reply.send(null)],
  ['send of a buffer', (reply) => reply.send(Buffer.from('bytes'))],
  ['send of an error', (reply) => reply.send(new Error('no coffee'))],
  ['send of what cannot be sent', (reply) => reply.type('text/plain').send({ a: 1 } as never)],
  ['code', (reply) => reply.code(201)],
  ['code of a text', (reply) => reply.code('202' as never)],
  ['code of nonsense', (reply) => reply.code('many' as never)],
  ['status', (reply) => reply.status(203)],
  [
    'statusCode',
    (reply) => {
      reply.statusCode = 206
      return reply.statusCode
    },
  ],
  ['header', (reply) => reply.header('x-a', 1)],
  ['header without a value', (reply) => (reply as never as { header(name: string): unknown }).header('x-a')],
  ['cookies', (reply) => reply.header('set-cookie', 'a=1').header('set-cookie', ['b=2', 'c=3'])],
  ['headers', (reply) => reply.headers({ 'x-a': '1', 'x-b': '2' })],
  ['getHeader', (reply) => reply.header('x-a', '1').getHeader('X-A')],
  ['removeHeader', (reply) => reply.header('x-a', '1').removeHeader('x-a')],
  ['type', (reply) => reply.type('text/csv')],
  ['trailer of a forbidden name', (reply) => reply.trailer('set-cookie', () => {})],
  ['trailer without a function', (reply) => reply.trailer('x-sum', 1 as never)],
  ['hijack', (reply) => [reply.hijack() === reply, reply.sent, reply.raw.end('raw') === reply.raw].join()],
  ['serializer', (reply) => reply.serializer(() => 'mine').send({ a: 1 })],
  ['the arities', (reply) => ['send', 'code', 'status', 'header', 'headers', 'type'].map((key) => reply[key]?.length)],
  ['the names', (reply) => ['send', 'code', 'header', 'redirect', 'hijack'].map((key) => reply[key]?.name)],
  ['what can be enumerated', (reply) => Object.keys(reply).sort()],
]

describe.each(versions)('%s', (_name, fastify) => {
  it.each(uses)('passes %s through', async (_what, use) => {
    const seen = await both(fastify, use)
    expect(seen.guarded).toEqual(seen.plain)
    expect(seen.violations).toEqual([])
  })

  it.each([[[]], [[{ a: 1 }]], [[{ a: 1 }, 'more']], [[undefined]]])('hands what lies below send %j', async (args) => {
    const { app } = await guarded(fastify)
    const replies = repliesOf(app as never)
    const below = Object.getPrototypeOf(Object.getPrototypeOf(replies)) as { send(...given: unknown[]): unknown }
    const { send } = below
    onTestFinished(() => void Object.assign(below, { send }))
    const seen: unknown[][] = []
    below.send = function (...given) {
      seen.push(given)
      return Reflect.apply(send, this, given)
    }
    app.get('/', (_request, reply) => void Reflect.apply(reply.send, reply, args))
    await app.inject('/')
    expect(seen[0]).toEqual(args)
    expect(seen[0]).toHaveLength(args.length)
  })
})
