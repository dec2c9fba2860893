import { readFileSync } from 'node:fs'
import { OPERATIONS, STATES, TRANSITIONS } from '../src/state.ts'

/** One bug, put into the guard: a text of one of its sources, which is there once, and what stands there instead. */
export interface Mutant {
  readonly name: string
  readonly file: string
  readonly find: string
  readonly put: string
  /** The tests that are run; without it all of {@link TESTS}. */
  readonly tests?: readonly string[]
}

/** The tests that watch over what the guard must not change. */
export const TESTS: readonly string[] = ['state.test.ts', 'model.test.ts', 'pass-through', 'invisible.test.ts']

const END = 'const result = below.base.end.call(this, chunk, encoding, callback)'
const WRITE = 'return below.base.write.call(this, chunk, encoding, callback)\n    } catch'
const WRITE_HEAD = 'return callWriteHead(below.base, this, arguments)\n    } catch'
const SET_HEADER = 'return below.base.setHeader.call(this, name, value)'
const ATTACH = 'const record = guard.attach(response)\n'

/** What breaks programs that did nothing wrong. */
const PASS_THROUGH: readonly Mutant[] = [
  {
    name: 'setHeader returns undefined',
    file: 'staging.ts',
    find: SET_HEADER,
    put: SET_HEADER.replace('return', 'void'),
  },
  { name: 'writeHead returns undefined', file: 'wire.ts', find: WRITE_HEAD, put: WRITE_HEAD.replace('return', 'void') },
  {
    name: 'end returns undefined',
    file: 'wire.ts',
    find: 'return result\n    } catch',
    put: 'return undefined\n    } catch',
  },
  {
    name: 'write always returns true',
    file: 'wire.ts',
    find: WRITE,
    put: 'below.base.write.call(this, chunk, encoding, callback)\n      return true\n    } catch',
  },
  {
    name: 'the callback of end is dropped',
    file: 'wire.ts',
    find: END,
    put: 'const result = below.base.end.call(this, chunk, encoding)',
  },
  {
    name: 'write drops its encoding',
    file: 'wire.ts',
    find: WRITE,
    put: 'return below.base.write.call(this, chunk, callback)\n    } catch',
  },
  {
    name: 'writeHead drops the reason phrase',
    file: 'wire.ts',
    find: WRITE_HEAD,
    put: `return below.base.writeHead.call(this, _status, typeof reason === 'string' ? headers : reason)\n    } catch`,
  },
  {
    name: 'a late setHeader is swallowed',
    file: 'staging.ts',
    find: SET_HEADER,
    put: `if (this.headersSent) return this\n    ${SET_HEADER}`,
  },
  {
    name: 'a second writeHead is swallowed',
    file: 'wire.ts',
    find: WRITE_HEAD,
    put: `if (this.headersSent) return this\n      ${WRITE_HEAD}`,
  },
  {
    name: 'end is deferred a tick',
    file: 'wire.ts',
    find: END,
    put: 'process.nextTick(() => below.base.end.call(this, chunk, encoding, callback))\n      const result = this',
  },
  {
    name: 'header names change case',
    file: 'staging.ts',
    find: SET_HEADER,
    put: 'return below.base.setHeader.call(this, String(name).toLowerCase(), value)',
  },
  {
    name: 'an extra enumerable property on the response',
    file: 'attach.ts',
    find: ATTACH,
    put: `${ATTACH}  Object.assign(response, { guarded: true })\n`,
  },
  {
    name: 'eleven listeners on one response',
    file: 'attach.ts',
    find: ATTACH,
    put: `${ATTACH}  for (let count = 0; count < 11; count++) response.on('finish', () => undefined)\n`,
  },
  {
    name: 'an error listener on the response',
    file: 'attach.ts',
    find: ATTACH,
    put: `${ATTACH}  response.on('error', () => undefined)\n`,
  },
  {
    name: 'an error listener on the socket',
    file: 'attach.ts',
    find: ATTACH,
    put: `${ATTACH}  response.socket?.on('error', () => undefined)\n`,
  },
  {
    name: 'the sweep keeps the process alive',
    file: 'sweep.ts',
    find: 'setInterval(sweep, period).unref()',
    put: 'setInterval(sweep, period)',
  },
  {
    name: 'the grace timer keeps the process alive',
    file: 'body.ts',
    find: '}, judge.settings(response, record).graceMs).unref()',
    put: '}, judge.settings(response, record).graceMs)',
  },
  {
    name: 'an end after a destroy throws',
    file: 'wire.ts',
    find: END,
    put: `if (this.destroyed && !this.writableEnded) throw new Error('gone')\n      ${END}`,
  },
  {
    name: 'a bare second end throws',
    file: 'wire.ts',
    find: END,
    put: `if (this.writableEnded && chunk === undefined) throw new Error('twice')\n      ${END}`,
  },
  {
    name: 'a write after the end is swallowed',
    file: 'wire.ts',
    find: WRITE,
    put: `if (this.writableEnded) return true\n      ${WRITE}`,
  },
]

const table = readFileSync(new URL('../src/state.ts', import.meta.url), 'utf8')

/** Every cell of the table taken out, and every missing one put in, one at a time. */
const CELLS: readonly Mutant[] = STATES.flatMap((state) => {
  const key = state.includes('-') ? `'${state}'` : state
  const start = table.indexOf(`  ${key}: {`, table.indexOf('TRANSITIONS'))
  const block = table.slice(start, table.indexOf('  },', start))
  return OPERATIONS.map((operation): Mutant => {
    const cell = TRANSITIONS[state][operation]
    const isThere = cell !== undefined
    return {
      name: `${state}: ${operation} is ${isThere ? 'missing' : 'allowed'}`,
      file: 'state.ts',
      find: block,
      put: isThere ? block.replace(`    ${operation}: '${cell}',\n`, '') : `${block}    ${operation}: '${state}',\n`,
      tests: ['state.test.ts'],
    }
  })
})

export const MUTANTS: readonly Mutant[] = [...PASS_THROUGH, ...CELLS]
