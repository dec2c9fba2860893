import { expect, it } from 'vitest'
import { bench, QUICK, serverFile } from './command.ts'

it('tells all mistakes of a command line at once', async () => {
  const wrong = ['--port', '99999', '--connections', '1000000', '--budget', 'x', '--path', 'a', '--header', 'b']
  const { code, stderr } = await bench(['nowhere.js', ...wrong, '--json', '--html'])
  expect(stderr.trim().split('\n')).toEqual([
    "error: option '--port <port>' argument '99999' is invalid. It must be a whole number from 1 to 65535.",
    "error: option '--connections <n>' argument '1000000' is invalid. It must be a whole number from 1 to 10000.",
    "error: option '--budget <percent>' argument 'x' is invalid. It must be a number above 0.",
    "error: option '--path <path>' argument 'a' is invalid. It must be like '/path' or 'POST /path'.",
    "error: option '--header <header>' argument 'b' is invalid. It must be like 'name: value'.",
    'error: standard output takes one report: name a file for all but one of --json and --html',
    'error: there is no file nowhere.js',
  ])
  expect(code).toBe(3)
})

it('tells them before what no option is', async () => {
  const { code, stderr } = await bench([serverFile('guarded'), '--pipelining', '0', '--windows', '2'])
  expect(stderr).toMatch(/'--pipelining <n>' argument '0' is invalid.*\nerror: unknown option '--windows'/)
  expect(code).toBe(3)
})

it('takes no port from the environment that is none', async () => {
  const { code, stderr } = await bench([serverFile('guarded')], { PORT: 'http' })
  expect(stderr).toBe("error: option '$PORT' argument 'http' is invalid. It must be a whole number from 1 to 65535.\n")
  expect(code).toBe(3)
})

it('takes 0 there for any port', { timeout: 60_000 }, async () => {
  const { code } = await bench([serverFile('guarded'), ...QUICK, '--time-limit', '0.1'], { PORT: '0' })
  expect(code).toBe(2)
})

it('takes what no request can be made of for a mistake, and does not repeat what is secret', async () => {
  const headers = ['authorization Bearer SECRET', 'x-key: SE\nCRET', 'x key: SECRET', ': SECRET', 'x-snow: ☃ SECRET']
  const wrong = ['--method', 'FETCH', '--path', 'HEAD /', '--path', 'CONNECT /', '--path', 'a?token=SECRET']
  const args = [...wrong, ...headers.flatMap((header) => ['--header', header])]
  const { code, stderr } = await bench([serverFile('guarded'), ...args])
  expect(stderr.trim().split('\n')).toEqual([
    "error: option '--method <method>' argument 'FETCH' is invalid. There is no method 'FETCH'.",
    "error: option '--path <path>' argument 'HEAD …' is invalid. HEAD cannot be measured.",
    "error: option '--path <path>' argument 'CONNECT …' is invalid. CONNECT cannot be measured.",
    "error: option '--path <path>' argument 'a?…' is invalid. It must be like '/path' or 'POST /path'.",
    "error: option '--header <header>' argument 'authorization …' is invalid. It must be like 'name: value'.",
    `error: option '--header <header>' argument 'x-key:…' is invalid. Invalid character in header content ["x-key"].`,
    "error: option '--header <header>' argument 'x …' is invalid. It must be like 'name: value'.",
    "error: option '--header <header>' argument ':…' is invalid. It must be like 'name: value'.",
    `error: option '--header <header>' argument 'x-snow:…' is invalid. Invalid character in header content ["x-snow"].`,
  ])
  expect(code).toBe(3)
})

it('takes a time to start in that is longer than a timer', { timeout: 60_000 }, async () => {
  const args = [serverFile('guarded'), ...QUICK, '--time-limit', '0.1', '--start-timeout', '99999999']
  const { code, stderr } = await bench(args)
  expect(stderr).not.toContain('TimeoutOverflowWarning')
  expect(code).toBe(2)
})
