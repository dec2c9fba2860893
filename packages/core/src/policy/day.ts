const DAY_MS = 86_400_000

/** When a day ends in UTC, as `2027-01-31`; undefined where there is no such day. */
export function endOf(day: string): number | undefined {
  const start = Date.parse(`${day}T00:00:00.000Z`)
  // 2027-02-30 is taken for the second of March by some, and refused by others.
  if (Number.isNaN(start) || dayOf(start) !== day) return undefined
  return start + DAY_MS
}

/** The day in UTC of a time. */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

/** How many days are left of a day that ends at a time: 0 on the day itself. */
export function daysLeft(end: number, now: number): number {
  return Math.ceil((end - now) / DAY_MS) - 1
}

/** The day after so many days, counted from the day of a time. */
export function dayAfter(time: number, days: number): string {
  return dayOf(time + days * DAY_MS)
}
