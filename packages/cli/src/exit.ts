/** How a command ends, where it has no codes of its own. */
export const EXIT_CODES = { fine: 0, mistakes: 1, 'called wrongly': 3 } as const
