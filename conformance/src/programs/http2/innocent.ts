import type { Http2Programs } from '../../frameworks/node-http2.ts'

export const programs: Http2Programs = {
  'stream-respond': () => (_req, res) => {
    res.stream.respond({ ':status': 200, 'content-type': 'text/plain' })
    res.stream.end('straight')
  },

  'stream-reset': () => (_req, res) => {
    res.stream.close(8)
  },
}
