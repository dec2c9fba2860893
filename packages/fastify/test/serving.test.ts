import { createServer, get } from 'node:http'
import { connect } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { guarded, kindsOf } from './guarded.ts'
import { type Fastify, versions } from './versions.ts'

const [[, fastify]] = versions as unknown as [readonly [string, Fastify]]

const twice = (_request: unknown, reply: { send(payload: string): unknown }) => {
  reply.send('one')
  reply.send('two')
}
const told = ['double-response suppress missing-return']

function ask(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      response.once('end', () => resolve(body))
    }).once('error', reject)
  })
}

it('guards over http2', async () => {
  const { app, violations } = await guarded(fastify, {}, { http2: true })
  app.get('/', twice as never)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const client = connect(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
  onTestFinished(() => client.close())
  const body = await new Promise<string>((resolve, reject) => {
    let text = ''
    client
      .request({ ':path': '/' })
      .setEncoding('utf8')
      .on('data', (chunk: string) => {
        text += chunk
      })
      .once('end', () => resolve(text))
      .once('error', reject)
      .end()
  })
  expect(body).toBe('one')
  expect(kindsOf(violations)).toEqual(told)
})

it("guards what is large over http2, in Fastify's own time", async () => {
  const { app, violations } = await guarded(fastify, {}, { http2: true })
  app.get('/', (_request, reply) => reply.send('x'.repeat(3_000_000)))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const client = connect(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
  onTestFinished(() => client.close())
  const length = await new Promise<number>((resolve, reject) => {
    let bytes = 0
    client
      .request({ ':path': '/' })
      .on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      .once('end', () => resolve(bytes))
      .once('error', reject)
      .end()
  })
  expect(length).toBe(3_000_000)
  expect(violations).toEqual([])
})

it('guards with a serverFactory, and where routing is called by somebody else', async () => {
  const own = { serverFactory: (handler: never) => createServer(handler) }
  const { app, violations } = await guarded(fastify, {}, own)
  app.get('/', twice as never)
  await app.listen({ port: 0, host: '127.0.0.1' })
  expect(await ask((app.server.address() as AddressInfo).port)).toBe('one')
  const outer = createServer((request, response) => app.routing(request, response)).listen(0, '127.0.0.1')
  onTestFinished(() => void outer.close())
  await new Promise((resolve) => outer.once('listening', resolve))
  expect(await ask((outer.address() as AddressInfo).port)).toBe('one')
  expect(kindsOf(violations)).toEqual([...told, ...told])
})
