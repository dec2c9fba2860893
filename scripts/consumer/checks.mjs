import assert from 'node:assert/strict'
import { createServer, get } from 'node:http'

// What a user's project must see of the installed packages, however it loads them. Runs on every supported Node.

/** Starts a service, asks it once, and hands back the body. */
async function ask(service) {
  const server = createServer(service).listen(0)
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    return await new Promise((resolve, reject) => {
      get({ port: server.address().port, agent: false }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text) => {
          body += text
        })
        response.once('end', () => resolve(body))
      }).once('error', reject)
    })
  } finally {
    server.close()
  }
}

function expressService(express, respondOnce, options) {
  const app = express()
  app.use(respondOnce(options))
  app.get('/', (_req, res) => {
    res.send('first')
    res.send('second')
  })
  return app
}

function koaService(Koa, respondOnce, options) {
  const app = new Koa()
  app.use(respondOnce(options))
  app.use((ctx) => {
    ctx.status = 200
    ctx.res.end('first')
    ctx.body = 'second'
  })
  return app.callback()
}

/** A listener that waits until Fastify is ready. */
function fastifyService(fastify, respondOnce, options) {
  const app = fastify()
  app.register(respondOnce, options)
  app.get('/', (_request, reply) => {
    reply.send('first')
    reply.send('second')
  })
  return (request, response) => void app.ready().then(() => app.routing(request, response))
}

/** Two answers: the first arrives, the second is told with both places. */
async function checkService(name, makeService) {
  const violations = []
  const options = { reporters: [], trace: 'always', onViolation: (violation) => violations.push(violation) }
  assert.equal(await ask(makeService(options)), 'first', name)
  assert.deepEqual(
    violations.map(({ kind, action, cause }) => ({ kind, action, cause })),
    [{ kind: 'double-response', action: 'suppress', cause: 'missing-return' }],
    name,
  )
  const [{ first, second }] = violations
  assert.equal(second.site.line, first.site.line + 1, name)
  JSON.parse(JSON.stringify(violations))
}

/** @param packages what was loaded: `core`, `node`, `adapter`, `express`, `koa`, `fastify` as namespaces, and both majors of each framework */
export async function check(packages) {
  const { core, policyFile, node, adapter, express, koa, express4, express5, koa2, koa3, fastify, fastify4, fastify5 } =
    packages
  await checkService('Express 4', (options) => expressService(express4, express.respondOnce, options))
  await checkService('Express 5', (options) => expressService(express5, express.respondOnce, options))
  await checkService('Koa 2', (options) => koaService(koa2, koa.respondOnce, options))
  await checkService('Koa 3', (options) => koaService(koa3, koa.respondOnce, options))
  await checkService('Fastify 4', (options) => fastifyService(fastify4, fastify.respondOnce, options))
  await checkService('Fastify 5', (options) => fastifyService(fastify5, fastify.respondOnce, options))
  await checkService('node:http', (options) =>
    node.respondOnce((_req, res) => {
      res.end('first')
      res.end('second')
    }, options),
  )
  assert.throws(() => express.respondOnce({ policy: 'protct' }), { code: 'RESPOND_ONCE_INVALID_OPTIONS' })
  assert.equal(express.definePolicy, core.definePolicy)
  assert.equal(core.compilePolicy('strict').decide('late-header', 'loop'), 'throw')
  assert.throws(() => policyFile.policyFile('missing.json'), { code: 'RESPOND_ONCE_INVALID_OPTIONS' })
  assert.equal(fastify.definePolicy, core.definePolicy)
  assert.equal(typeof adapter.Guard, 'function')
}
