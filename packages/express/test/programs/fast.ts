import { createRequire } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { respondOnce } from '../../src/index.ts'
import type { Express } from '../versions.ts'

// Says whether the first application of this process, and its router, are objects that V8 reads fast.
const [packageName = '', wanted] = process.argv.slice(2)
const express = createRequire(import.meta.url)(packageName) as Express
const app = express()
if (wanted !== 'bare') app.use(respondOnce({ enabled: wanted === 'on' }) as never)
app.get('/', (_req, res) => void res.json({ hello: 'world' }))
setFlagsFromString('--allow-natives-syntax')
const isFast = new Function('object', 'return %HasFastProperties(object)') as (object: unknown) => boolean
// What Express 4 has under `router` throws.
const { [packageName === 'express4' ? '_router' : 'router']: router } = app as unknown as Record<string, unknown>
console.log(JSON.stringify({ application: isFast(app), router: isFast(router) }))
