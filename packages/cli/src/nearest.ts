import leven from 'leven'

/** The nearest of some names, where it is near enough to be a typo. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const wanted = name.slice(0, 64).toLowerCase()
  const near = names
    .map((known) => ({ known, distance: leven(wanted, known.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0]
  return near !== undefined && near.distance <= Math.max(2, wanted.length / 3) ? near.known : undefined
}
