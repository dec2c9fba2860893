import pc from 'picocolors'
import stringWidth from 'string-width'
import wrapAnsi from 'wrap-ansi'

const { stdout, env } = process
const live = stdout.isTTY === true && env.TERM !== 'dumb'

/** Colours for a terminal that wants them, and the same functions without effect for a pipe or a file. */
export const paint = pc.createColors(live && !env.NO_COLOR)

/** A line longer than 100 columns is hard to read even where there is room for it. */
export const WIDTH = Math.max(64, Math.min(100, live ? stdout.columns : 100))

export function print(text = ''): void {
  stdout.write(`${text}\n`)
}

export function wrap(text: string, width: number): string[] {
  return wrapAnsi(text, width, { hard: true }).split('\n')
}

export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)))
}

export function padLeft(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - stringWidth(text))) + text
}

/** One line of plain text, shortened where it does not fit. */
export function fit(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** A line that says what is going on: rewritten in place on a terminal; elsewhere there is nothing to rewrite. */
export class Progress {
  #timer: NodeJS.Timeout | undefined
  #frame = 0

  show(text: string): void {
    if (!live) return
    this.clear()
    const draw = () => {
      const frame = FRAMES[this.#frame++ % FRAMES.length] ?? ''
      stdout.write(`\r\x1b[2K  ${paint.cyan(frame)} ${paint.dim(fit(text, WIDTH - 6))}`)
    }
    draw()
    this.#timer = setInterval(draw, 80)
  }

  clear(): void {
    if (!this.#timer) return
    clearInterval(this.#timer)
    this.#timer = undefined
    stdout.write('\r\x1b[2K')
  }
}
