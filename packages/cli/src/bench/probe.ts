import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import net from 'node:net'
import { performance } from 'node:perf_hooks'
import tls from 'node:tls'
import { GCProfiler, getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

// Runs inside a measured server, before its own first line (`node --import`). It says where the server listens, and
// answers what it is asked; nothing of it runs while a window is measured.

/** Where a server of the process listens. */
export interface Listening {
  /** The port that the application asked for. */
  readonly asked: number
  readonly port: number
  readonly host: string
  readonly secure: boolean
  readonly http1: boolean
}

/** What the process has used up so far. */
export interface Counters {
  readonly cpuMicros: number
  readonly loopActiveMs: number
  readonly loopIdleMs: number
}

/** What was allocated and collected between `watch` and `watched`. */
export interface Collected {
  readonly bytes: number
  readonly collections: number
  readonly gcMicros: number
}

/** What was seen of requests between `expect` and `seen`. */
export interface Seen {
  readonly requests: number
  /** Responses that a guard followed to their end. */
  readonly guarded: number
}

export type Question = 'counters' | 'collect' | 'watch' | 'watched' | 'expect' | 'seen'

/** The environment variable that names the file descriptor to talk over. */
export const CONTROL = 'RESPOND_ONCE_BENCH_FD'

const { cpuUsage } = process

function counters(): Counters {
  const { user, system } = cpuUsage()
  const { active, idle } = performance.eventLoopUtilization()
  return { cpuMicros: user + system, loopActiveMs: active, loopIdleMs: idle }
}

/** With one to spare: V8 keeps the shape of objects for two collections after the last of them has gone. */
const COLLECTIONS = 4

/**
 * Full collections while nothing waits for its turn: every server that lives long meets them. On Node 20 each
 * `process.nextTick` is dearer from then on: the shape of its object has gone, and with it what V8 knew of it.
 */
function collect(): void {
  const collectNow = exposed ?? exposedInPassing()
  for (let done = 0; done < COLLECTIONS; done++) collectNow()
}

/** Where the server is started with `--expose-gc`, it stays so, also for what it runs in contexts of its own. */
const exposed = globalThis.gc as (() => void) | undefined

function exposedInPassing(): () => void {
  setFlagsFromString('--expose-gc')
  const collectNow = runInNewContext('gc') as () => void
  setFlagsFromString('--no-expose-gc')
  return collectNow
}

let profiler: GCProfiler | undefined
let heapBefore = 0

function watch(): void {
  profiler = new GCProfiler()
  profiler.start()
  heapBefore = getHeapStatistics().used_heap_size
}

function watched(): Collected {
  const { statistics = [] } = profiler?.stop() ?? {}
  let bytes = getHeapStatistics().used_heap_size - heapBefore
  let gcMicros = 0
  for (const { beforeGC, afterGC, cost } of statistics) {
    bytes += beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize
    gcMicros += cost
  }
  return { bytes, collections: statistics.length, gcMicros }
}

const noted = { requests: 0, guarded: 0 }
const noteRequest = (): void => {
  noted.requests++
}
const noteGuarded = (): void => {
  noted.guarded++
}

function expect(): void {
  noted.requests = 0
  noted.guarded = 0
  subscribe('http.server.request.start', noteRequest)
  subscribe('respond-once:finished', noteGuarded)
}

function seen(): Seen {
  unsubscribe('http.server.request.start', noteRequest)
  unsubscribe('respond-once:finished', noteGuarded)
  return { ...noted }
}

const answers: { readonly [Q in Question]: () => unknown } = { counters, collect, watch, watched, expect, seen }

/** A string that is no number is the path of a socket. */
const isPort = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value))

/** The port among the arguments of `listen`, and the arguments with any free port in its place. */
function withFreePort(args: readonly unknown[]): { readonly asked: number; readonly args: readonly unknown[] } {
  const [first, ...rest] = args
  // As Node does: a port counts before a path.
  if (typeof first === 'object' && first !== null && 'port' in first && isPort(first.port)) {
    return { asked: Number(first.port), args: [{ ...first, port: 0 }, ...rest] }
  }
  return isPort(first) ? { asked: Number(first), args: [0, ...rest] } : { asked: 0, args }
}

/** Whether a server understands HTTP/1: one of HTTP/2 may, over TLS, where it says so to its clients. */
function speaksHttp1(server: net.Server & { readonly ALPNProtocols?: Uint8Array }): boolean {
  const isHttp2 = 'updateSettings' in server
  return !isHttp2 || Buffer.from(server.ALPNProtocols ?? []).includes('http/1.1')
}

/** Who listens everywhere is asked here; everybody else where they listen. */
function hostOf({ family, address }: net.AddressInfo, [first]: readonly unknown[]): string {
  // Where IPv6 is switched off, `::` can be listened on, and `::1` not be reached.
  if (address === '::' && (first as net.ListenOptions | undefined)?.ipv6Only === true) return '[::1]'
  if (address === '0.0.0.0' || address === '::') return '127.0.0.1'
  return family === 'IPv6' ? `[${address}]` : address
}

/** Several servers of the same application run at once, so each gets a port of its own. */
function watchListen(tell: (found: { readonly listening: Listening } | { readonly socket: string }) => void): void {
  const { listen } = net.Server.prototype
  net.Server.prototype.listen = function (this: net.Server, ...given: unknown[]) {
    // A server of bare sockets stands for the workers of `cluster`, which look whether it has the port that they asked for.
    if (this.constructor === net.Server) return Reflect.apply(listen, this, given) as net.Server
    const { asked, args } = withFreePort(given)
    this.once('listening', () => {
      const address = this.address()
      if (address === null || this.listenerCount('request') === 0) return
      if (typeof address === 'string') return tell({ socket: address })
      const secure = this instanceof tls.Server
      tell({ listening: { asked, port: address.port, host: hostOf(address, args), secure, http1: speaksHttp1(this) } })
    })
    return Reflect.apply(listen, this, args) as net.Server
  } as typeof listen
}

/** With what it has started: it leads a process group, but for Windows, which has none. */
function end(): void {
  try {
    process.kill(-process.pid, 'SIGKILL')
  } catch {
    process.kill(process.pid, 'SIGKILL')
  }
}

function openControl(fd: number): void {
  const control = new net.Socket({ fd, readable: true, writable: true })
  // An application that has nothing else to do may end.
  control.unref()
  // Whoever measures has gone: nobody would end this process.
  control.on('close', end)
  control.on('error', () => {})
  const tell = (message: unknown) => control.write(`${JSON.stringify(message)}\n`)
  let rest = ''
  control.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const { id, question } = JSON.parse(line) as { id: number; question: Question }
      tell({ id, answer: answers[question]() ?? null })
    }
  })
  watchListen(tell)
}

const fd = Number(process.env[CONTROL])
// What the application starts in turn is not measured.
delete process.env[CONTROL]
if (fd > 0) openControl(fd)
