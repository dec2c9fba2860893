import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Framework, Stage } from './framework.ts'

export interface HttpStage extends Stage {
  /** The server itself, for what a listener cannot do: upgrades. */
  readonly whenServed: (use: (server: Server) => void) => void
}

export type HttpProgram = (stage: HttpStage) => (req: IncomingMessage, res: ServerResponse) => unknown

export type HttpPrograms = Readonly<Record<string, HttpProgram>>

export const nodeHttp: Framework = {
  name: 'http',
  told: 'node',
  families: ['http'],
  wire: 'http1',
  folders: ['http-both', 'http1'],
  serve: async (program, stage) => {
    const { guard } = stage
    const respondOnce = guard && (await import('@respond-once/core/node')).respondOnce
    const users: ((server: Server) => void)[] = []
    const listener = (program as HttpProgram)({ ...stage, whenServed: (use) => users.push(use) })
    const server = createServer((respondOnce ? respondOnce(listener as never, guard as never) : listener) as never)
    for (const use of users) use(server)
    return server
  },
}
