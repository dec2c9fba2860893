import type { Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { pathToFileURL } from 'node:url'
import { frameworkNamed } from './frameworks/all.ts'
import { pause } from './programs/shop.ts'
import { modeArgument, type Order, type Report, type SettleOrder, type StartOrder } from './runner/messages.ts'

const framework = frameworkNamed(process.argv[2] ?? '')
const mode = modeArgument(process.argv[3])
const servers = new Map<string, Server>()
const connections = new Map<string, Set<Socket>>()
/** Programs whose process would have ended by now: nothing of what they still do counts. */
const over = new Set<string>()
let current = ''

const tell = (report: Report): void => {
  const unheard = (report.report === 'note' || report.report === 'violation') && over.has(report.id)
  // Telling nobody fails in a later tick, and what outlives that would tell of it for ever.
  if (!unheard && process.connected) process.send?.(report)
}

// A monitor sees what ends the process and changes nothing about it.
process.on('uncaughtExceptionMonitor', (thrown: unknown) => {
  const { name = 'unknown', code, message = String(thrown) } = (thrown ?? {}) as Partial<NodeJS.ErrnoException>
  tell({ report: 'uncaught', error: { name, code, message } })
})

// A death that is known from the plain run need not be died again, which would take most of the time. What would have
// ended the process ends its program: the connections close, and whatever else it does is not heard.
if (process.argv[4] === 'outlive') {
  process.on('uncaughtException', () => {
    tell({ report: 'died', id: current })
    over.add(current)
    for (const socket of connections.get(current) ?? []) socket.destroy()
  })
}

const start = async ({ id, file, policy, trace }: StartOrder): Promise<void> => {
  const { programs } = (await import(pathToFileURL(file).href)) as { programs: Record<string, unknown> }
  const onViolation = (violation: unknown) => tell({ report: 'violation', id, violation: violation as never })
  const server = (await framework.serve(programs[id], {
    note: (text) => tell({ report: 'note', id, text }),
    guard: mode === 'plain' ? undefined : { policy, trace, onViolation, reporters: [] },
  })) as Server
  // On a busy machine a visit takes longer than Node keeps an idle connection.
  if ('keepAliveTimeout' in server) server.keepAliveTimeout = 60_000
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.on('request', () => tell({ report: 'asked', id }))
  servers.set(id, server)
  connections.set(id, sockets)
  current = id
  server.listen(0, '127.0.0.1', () => tell({ report: 'listening', id, port: (server.address() as AddressInfo).port }))
}

const stop = (id: string): void => {
  const server = servers.get(id)
  servers.delete(id)
  server?.close()
  for (const socket of connections.get(id) ?? []) socket.destroy()
  connections.delete(id)
  tell({ report: 'stopped', id })
}

/** In the steps in which programs wait, so that what a program does later still comes first. */
const settle = async ({ id, ms, number }: SettleOrder): Promise<void> => {
  await pause(ms)
  tell({ report: 'settled', id, number })
}

process.on('message', (order: Order) => {
  if (order.order === 'stop') return stop(order.id)
  if (order.order === 'settle') return settle(order)
  start(order).catch((error: unknown) => {
    tell({
      report: 'refused',
      id: order.id,
      why: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
  })
})

process.on('disconnect', () => process.exit(0))
tell({ report: 'ready' })
