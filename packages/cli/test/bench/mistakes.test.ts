import { expect, it } from 'vitest'
import { bench, serverFile } from './command.ts'

it('tells all mistakes of a command line at once', async () => {
  const wrong = ['--port', '99999', '--connections', '1000000', '--budget', 'x', '--path', 'a', '--header', 'b']
  const { code, stderr } = await bench([serverFile('guarded'), ...wrong, '--json', '--html'])
  expect(stderr.trim().split('\n')).toEqual([
    "error: option '--port <port>' argument '99999' is invalid. It must be a whole number from 1 to 65535.",
    "error: option '--connections <n>' argument '1000000' is invalid. It must be a whole number from 1 to 10000.",
    "error: option '--budget <percent>' argument 'x' is invalid. It must be a number above 0.",
    "error: option '--path <path>' argument 'a' is invalid. It must be like '/path' or 'POST /path'.",
    "error: option '--header <header>' argument 'b' is invalid. It must be like 'name: value'.",
    'error: standard output takes one report: name a file for all but one of --json and --html',
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
