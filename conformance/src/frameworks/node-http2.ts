import { createServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { Framework, Stage } from './framework.ts'

export type Http2Program = (stage: Stage) => (req: Http2ServerRequest, res: Http2ServerResponse) => unknown

export type Http2Programs = Readonly<Record<string, Http2Program>>

export const nodeHttp2: Framework = {
  name: 'http2',
  told: 'node',
  families: ['http2'],
  wire: 'http2',
  folders: ['http-both', 'http2'],
  serve: async (program, stage) => {
    const { guard } = stage
    const respondOnce = guard && (await import('@respond-once/core/node')).respondOnce
    const listener = (program as Http2Program)({ ...stage, whenServed: () => {} } as Stage)
    return createServer((respondOnce ? respondOnce(listener as never, guard as never) : listener) as never)
  },
}
