const [major = 0] = process.versions.node.split('.').map(Number)

/** What differs from one Node to the next: from `first` on it is `since`, before it `until`. */
export function sinceNode<T>(first: number, since: T, until: T): T {
  return major >= first ? since : until
}
