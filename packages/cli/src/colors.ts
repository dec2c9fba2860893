import { createColors } from 'picocolors'

/** Colours on a terminal, and never where `NO_COLOR` is set. */
export const colors: ReturnType<typeof createColors> = createColors(
  process.stdout.isTTY === true && !process.env.NO_COLOR,
)
