import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { bench, QUICK, serverFile, startBench } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'respond-once-bench-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const inFolder = (name: string) => join(folder, name)

describe('before anything is measured', () => {
  const pids = inFolder('pids')
  const refused = async (...args: readonly string[]) => {
    const ended = await bench([serverFile('guarded'), ...QUICK, ...args], { PIDS: pids })
    expect(ended.code).toBe(3)
    expect(ended.stdout).toBe('')
    expect(existsSync(pids)).toBe(false)
    return ended.stderr
  }

  it('names all files that cannot be written, at once', async () => {
    const [lost, markdown] = [inFolder('no/a.json'), inFolder('m1.md')]
    const stderr = await refused('--json', lost, '--markdown', markdown, '--html', folder)
    expect(stderr).toBe(
      `error: ${lost} cannot be written: there is no folder ${inFolder('no')}\n` +
        `error: ${folder} cannot be written: it is a folder\n`,
    )
    expect(existsSync(markdown)).toBe(false)
  })

  it('names a file without a name: a variable that is not set', async () => {
    expect(await refused('--markdown', '')).toBe("error: '' cannot be written: it is no name\n")
  })

  it('names what is no file that starts a server beside them', async () => {
    const stderr = await refused('--json', inFolder('no/a.json'), '--', 'x')
    expect(stderr).toContain('cannot be written')
    const { stderr: both, code } = await bench([inFolder('nothing.js'), '--json', inFolder('no/a.json')])
    expect(both).toMatch(/^error: there is no file \S+nothing\.js\nerror: \S+a\.json cannot be written/)
    expect(code).toBe(3)
  })

  it.each([
    ['--json', '--markdown'],
    ['--json', '--html'],
    ['--markdown', '--html', '--json=x'],
  ])('takes one report for standard output, not two: %s %s', async (...args) => {
    expect(await refused(...args)).toMatch(/standard output takes one report: name a file for all but one of /)
  })

  it('takes no two reports for one file', async () => {
    const file = inFolder('same')
    expect(await refused('--json', file, '--html', file)).toContain(`--json and --html both name ${file}`)
  })
})

describe('after all is measured', () => {
  it('writes the other reports where one cannot be written any more', { timeout: 60_000 }, async () => {
    const gone = inFolder('gone')
    mkdirSync(gone)
    const files = ['--json', join(gone, 'a.json'), '--markdown', inFolder('a.md'), '--html', inFolder('a.html')]
    const args = [serverFile('guarded'), ...QUICK, '--time-limit', '0.1', ...files]
    const { code, stdout, stderr } = await bench(args, { REMOVES: gone })
    expect(stdout).toContain('inconclusive')
    expect(stderr).toMatch(/could not write \S+gone.a\.json: ENOENT/)
    expect(readFileSync(inFolder('a.md'), 'utf8')).toContain('### ')
    expect(readFileSync(inFolder('a.html'), 'utf8')).toContain('</html>')
    expect(code).toBe(3)
  })

  it('never tells an error of its own as a verdict', { timeout: 60_000 }, async () => {
    const args = [serverFile('guarded'), ...QUICK, '--time-limit', '0.1', '--json']
    const { child, ended } = startBench(args)
    child.stdout.destroy()
    const { code, stderr } = await ended
    expect(stderr).toMatch(/^could not run: .*EPIPE/m)
    expect(code).toBe(3)
  })
})
